/** The database of the AKCP on this machine: the given one, or the one that a running start keeps in its data folder. */
import { connect, type Database } from '@/lib/data/database'
import { isMigrated } from '@/lib/data/migrate'
import type { Env } from '@/lib/env'
import { runningPostgres } from '@/lib/server/embedded-postgres'

/** Throws one line that says what to do when there is none. */
export async function openDatabase(env: Env): Promise<Database> {
  const url = env.DATABASE_URL ?? (await ownUrl(env.DATA_DIR))
  if (!(await isMigrated(url))) throw new Error('this database is empty: run npm start first')
  return connect(url, { max: 2, name: 'akcp cli' })
}

async function ownUrl(dataDir: string): Promise<string> {
  const url = await runningPostgres(dataDir)
  if (url) return url
  throw new Error(
    `nothing runs on ${dataDir}: start it with npm start, name its data folder with DATA_DIR, or its database with DATABASE_URL`,
  )
}
