import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'

/** `busy`: the server says that it is starting, recovering or stopping. */
export type ServerState = 'up' | 'busy' | 'silent'

/** PostgreSQL's code for `the database system is starting up` and its like. */
const cannotConnectNow = '57P03'
const patienceMs = 2500

/** Whether the server behind `url` answers queries to its user. */
export async function serverState(url: string): Promise<ServerState> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice() {} })
  try {
    const tooLate = sleep(patienceMs, null, { ref: false }).then(() => Promise.reject(new Error('no answer')))
    await Promise.race([sql`select 1`, tooLate])
    return 'up'
  } catch (error) {
    return (error as { code?: string }).code === cannotConnectNow ? 'busy' : 'silent'
  } finally {
    sql.end({ timeout: 1 }).catch(() => {})
  }
}
