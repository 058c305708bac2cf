import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from '@/drizzle/schema'

/**
 * A pool of connections. `db` is for typed queries; `sql` for statements that Drizzle cannot express.
 * Both share the connections, and Drizzle switches date parsing off on them: `sql` returns times as text
 * (session time zone UTC) and `bigint` as text.
 */
export type Database = ReturnType<typeof connect>

/** A transaction or the pool itself: what a data function takes, so that callers can compose them. */
export type Db = Pick<
  Database['db'],
  'select' | 'insert' | 'update' | 'delete' | 'execute' | 'query' | 'transaction'
>

export function connect(url: string, options: { max?: number; name?: string } = {}) {
  const sql = postgres(url, {
    max: options.max ?? 8,
    idle_timeout: 60,
    connect_timeout: 5,
    // In seconds; the driver's own waits up to 20 after the database is back.
    backoff: (attempts) => Math.min(1, 0.05 * 2 ** attempts),
    // Usage sums up tens of thousands of rows: with the default of 4 MB it would sort them on disk.
    connection: { application_name: options.name ?? 'akcp', TimeZone: 'UTC', work_mem: '16MB', jit: 'off' },
    onnotice() {},
  })
  return { url, sql, db: drizzle(sql, { schema }), close: () => sql.end({ timeout: 5 }) }
}
