import type { Database } from './database'

export type CalledModel = {
  provider_id: string
  model: string
  calls: number
  last_at: string
}

const recentCalls = 10_000

/** The models that the latest calls of the last 30 days reached, by provider, most called first. */
export async function listCalledModels({ sql }: Database): Promise<CalledModel[]> {
  return await sql<CalledModel[]>`
    select provider_id, served_model as model, count(*)::int as calls,
      to_char(max(ts), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_at
    from (
      select provider_id, served_model, ts from requests
      where kind = 'call' and outcome <> 'refused' and ts > now() - interval '30 days'
      order by ts desc limit ${recentCalls}
    ) recent
    where provider_id is not null and served_model <> ''
    group by provider_id, served_model order by calls desc, model`
}
