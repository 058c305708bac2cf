/** What one app did and met, for `GET /me`. */
import type { Database } from './database'
import { findUsageParts, partsQuery } from './usage-parts'
import { bucketEnd, type Range } from './usage-range'

export type AppSums = { requests: number; errors: number; refused: number; cost_nanos: string }
export type AppError = {
  id: string
  ts: string
  model: string
  status: number
  error_class: string | null
  error_code: string | null
}
export type AppReport = { today: AppSums; month: AppSums; last_errors: AppError[] }

/** `since`: when the organisation's day and month began. */
export async function readAppReport(
  database: Database,
  appId: string,
  since: { day: Date; month: Date },
): Promise<AppReport> {
  const to = bucketEnd(new Date())
  const [today, month, errors] = await Promise.all([
    readSums(database, appId, { from: since.day, to }),
    readSums(database, appId, { from: since.month, to }),
    database.sql<AppError[]>`
      select id, to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ts, model, status, error_class, error_code
      from requests where app_id = ${appId} and outcome in ('error', 'refused', 'interrupted')
      order by ts desc limit 5`,
  ])
  return { today, month, last_errors: [...errors] }
}

async function readSums({ sql }: Database, appId: string, range: Range): Promise<AppSums> {
  const parts = await findUsageParts(sql, { range, uses: ['app_id'], step: null, timeZone: 'UTC' })
  const [row] = await sql<AppSums[]>`
    select coalesce(sum(requests), 0)::float8 as requests, coalesce(sum(errors), 0)::float8 as errors,
      coalesce(sum(refused), 0)::float8 as refused, coalesce(sum(cost_nanos), 0)::text as cost_nanos
    from (${partsQuery(sql, parts)}) parts where app_id = ${appId} and kind = 'call'`
  if (!row) throw new Error('PostgreSQL answered nothing')
  return row
}
