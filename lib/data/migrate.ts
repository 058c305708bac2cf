import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import { connect } from './database'

/** Any number that nothing else locks: "akcp" in ASCII. */
const migrationLock = 0x616b6370

/**
 * Brings the database up to date; safe when several processes start at once. The lock is held by a transaction, not
 * by a session, so that it also works through a connection pooler. Paths are relative to the package's root.
 */
export async function migrate(url: string): Promise<void> {
  const database = connect(url, { max: 2, name: 'akcp migrate' })
  try {
    await database.sql.begin(async (locked) => {
      await locked`select pg_advisory_xact_lock(${migrationLock})`
      await runMigrations(database.db, { migrationsFolder: 'drizzle/migrations' })
    })
  } catch (error) {
    throw new Error(explain(url, error), { cause: error })
  } finally {
    await database.close()
  }
}

/** Waits until another process has migrated the database, for a role that may not do it itself. */
export async function isMigrated(url: string): Promise<boolean> {
  const database = connect(url, { max: 1, name: 'akcp' })
  try {
    const [row] = await database.sql`select to_regclass('public.registry_version') is not null as ready`
    return row?.ready === true
  } catch (error) {
    throw new Error(explain(url, error), { cause: error })
  } finally {
    await database.close()
  }
}

/** One line that names the server and never the password. */
export function explain(url: string, error: unknown): string {
  const { hostname, port, pathname } = new URL(url)
  const place = `${hostname}:${port || 5432}${pathname}`
  const { code = '', message = '' } = error as { code?: string; message?: string }
  const cause = (error as { cause?: unknown }).cause
  if (/^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|CONNECT)/.test(code)) {
    return `the database at ${place} cannot be reached (${code}): check DATABASE_URL and that the server runs`
  }
  if (/^(28|3D)/.test(code)) return `the database at ${place} refuses DATABASE_URL: ${message}`
  return `the database at ${place} failed: ${cause instanceof Error ? cause.message : message || code}`
}
