/**
 * SQL that makes a ledger like that of a team with 20 apps: some apps, models and features are called far more often
 * than others, days have a rhythm, two calls in a hundred fail, one is refused.
 */
export const models = 30
const providers = 5
const keysOfProvider = 4

const id = (text) => `md5(${text})::uuid`
const appId = (index) => id(`'bench app ' || ${index}`)
const providerId = (index) => id(`'bench provider ' || ${index}`)
const keyId = (index) => id(`'bench key ' || ${index}`)
const poolId = (index) => id(`'bench pool ' || ${index}`)
const budgetId = id(`'bench budget'`)

/** Providers, keys, pools, apps with a key each, and one monthly budget for everything. */
export const registry = `
insert into providers (id, slug, name, dialect, base_url, first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms)
  select ${providerId('i')}, 'provider-' || i, 'Provider ' || i, 'openai', 'https://provider-' || i || '.example', 60000, 60000, 600000
  from generate_series(0, ${providers - 1}) i on conflict do nothing;
insert into keys (id, provider_id, name, secret_ref)
  select ${keyId('i')}, ${providerId(`i / ${keysOfProvider}`)}, 'key ' || i, 'env:AKCP_SECRET_BENCH'
  from generate_series(0, ${providers * keysOfProvider - 1}) i on conflict do nothing;
insert into pools (id, slug, name, default_for_provider_id)
  select ${poolId('i')}, 'pool-' || i, 'Pool ' || i, ${providerId('i')}
  from generate_series(0, ${providers - 1}) i on conflict do nothing;
insert into pool_keys (pool_id, key_id)
  select ${poolId(`i / ${keysOfProvider}`)}, ${keyId('i')}
  from generate_series(0, ${providers * keysOfProvider - 1}) i on conflict do nothing;
insert into apps (id, name, tenant, project, tenant_scope)
  select ${appId('i')}, 'app ' || i, 'tenant-' || i % 5, 'project-' || i % 8, '{*}'
  from generate_series(0, 19) i on conflict do nothing;
insert into app_keys (id, app_id, name, public_id, digest, last4)
  select ${id(`'bench app key ' || i`)}, ${appId('i')}, 'main', 'bench' || i, '\\x00', '0000'
  from generate_series(0, 19) i on conflict do nothing;
insert into budgets (id, scope, period, limit_nanos) values (${budgetId}, 'global', 'month', 1000000000000000)
  on conflict do nothing;`

/** $1 and $2: from and to, $3: how many rows. */
export const rows = `
insert into requests
with chance as materialized (
  select random() as at, random() as a, random() as t, random() as f, random() as m, random() as k, random() as bad,
    random() as why, random() as size, random() as slow, random() as streams
  from generate_series(1, $3::int)
), picked as materialized (
  select $1::timestamptz + ($2::timestamptz - $1::timestamptz) * (at - 0.1 * sin(2 * pi() * at)) as ts,
    floor(20 * a * a)::int as app, floor(5 * t)::int as tenant, floor(4 * f * f)::int as feature,
    floor(6 * m * m)::int as rank, floor(${keysOfProvider} * k)::int as key, bad < 0.02 as failed,
    bad between 0.02 and 0.03 as refused, (array['rate', 'timeout', 'provider', 'request'])[ceil(4 * why)] as class,
    -ln(1 - size) as size, -ln(1 - slow) as slow, streams < 0.6 as stream
  from chance
), named as materialized (
  select *, (app * 3 + rank * 7) % ${models} as model, not failed and not refused as ok,
    uuidv7(ts - clock_timestamp()) as id
  from picked
), called as materialized (
  select *, model % ${providers} as provider, case when ok then (200 + 1500 * size)::int else 0 end as input,
    case when ok then (50 + 400 * size)::int else 0 end as output
  from named
), priced as (
  select *, (input * (100 + 20 * model) + output * (400 + 80 * model))::bigint as nanos,
    case when not refused then ${keyId(`provider * ${keysOfProvider} + key`)} end as key_id
  from called
)
select id, ts, 'call', case when refused then 'refused' when failed then 'error' else 'ok' end, id::text,
  '00000000-0000-7000-8000-000000000001'::uuid, ${appId('app')}, ${id(`'bench app key ' || app`)}, key_id,
  case when not refused then ${poolId('provider')} end, case when not refused then ${providerId('provider')} end,
  case when app % 5 = 4 then 'staging' else 'production' end,
  'tenant-' || case when app % 3 = 0 then tenant else app % 5 end, 'project-' || app % 8, 'feature-' || feature,
  case when model % 10 = 9 then 'embeddings' else 'chat/completions' end, 'model-' || model, 'model-' || model, stream,
  input, input / 3, output, output / 4, nanos, case when ok and size > 4 then 'estimated' else 'reported' end,
  'bench', (case when refused then 1 else 200 + 1500 * slow end)::int,
  case when ok and stream then (100 + 400 * slow)::int end,
  case when refused then 429 when failed then 502 else 200 end, case when failed then class end,
  case when refused then 'rate_limit_exceeded' when failed then 'upstream_error' end,
  case when refused then '[]' else jsonb_build_array(jsonb_build_object('key_id', key_id, 'provider',
    'provider-' || provider, 'model', 'model-' || model, 'class', case when failed then class end, 'status',
    case when failed then 502 else 200 end, 'ms', (200 + 1500 * slow)::int)) end,
  jsonb_build_object('strategy', 'round_robin', 'candidates', jsonb_build_array(key_id), 'skipped', '[]'::jsonb),
  case when ok then jsonb_build_array(jsonb_build_object('budget_id', ${budgetId}, 'window_start',
    date_trunc('month', ts), 'window_end', date_trunc('month', ts) + interval '1 month', 'nanos', nanos, 'leased', 0)) end
from priced order by ts`

/** What the rows of $1 to $2 cost the budget. */
export const charges = `
insert into budget_windows as w (budget_id, window_start, window_end, limit_nanos, posted_nanos)
select ${budgetId}, date_trunc('month', ts), date_trunc('month', ts) + interval '1 month', 1000000000000000, sum(cost_nanos)
from requests where ts >= $1::timestamptz and ts < $2::timestamptz and charges is not null group by 2, 3
on conflict (budget_id, window_start) do update set posted_nanos = w.posted_nanos + excluded.posted_nanos`
