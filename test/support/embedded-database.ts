/** Looks into the database that a running system keeps in its data folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'

export function postmaster(dataDir: string): { pid: number; port: number } {
  const lines = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

export async function query(dataDir: string, statement: string) {
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8')
  const url = `postgres://akcp:${password}@127.0.0.1:${postmaster(dataDir).port}/akcp`
  const sql = postgres(url, { max: 1, onnotice() {} })
  try {
    return await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
