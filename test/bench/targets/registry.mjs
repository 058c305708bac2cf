/**
 * What the gateway is given to decide with: a provider, 20 keys in 4 pools, a model route to each pool, apps with limits
 * and a hard budget. The bounds are so high that they never refuse, but each call is counted against all of them.
 */
import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { load } from '../product.mjs'

const poolCount = 4
const keysPerPool = 5
const limits = { rpm: 1_000_000, tpm: 1_000_000_000, concurrency: 100_000 }
const budget = { limit_usd: 9_000_000, hard: true, ladder: [] }
const rowsAtOnce = 10_000

/** Returns who calls: app keys spread over all there are, and with each of them the model of one of the pools. */
export async function register({ admin, databaseUrl, pepper, upstreamPort, apps, appKeys, callers }) {
  await admin('POST', '/providers', {
    preset: 'custom',
    slug: 'bench',
    base_url: `http://127.0.0.1:${upstreamPort}/v1`,
    model_patterns: ['*'],
  })
  await admin('POST', '/prices', {
    provider: 'bench',
    model: '*',
    input_usd_per_mtok: 0.15,
    output_usd_per_mtok: 0.6,
  })
  for (let pool = 0; pool < poolCount; pool++) await addPool(admin, `pool-${pool}`)
  await admin('PUT', '/policies/global/all', { limits, budgets: [{ period: 'month', ...budget }] })
  const rawKeys = await addApps(databaseUrl, pepper, apps, appKeys)
  return Array.from({ length: callers }, (_, caller) => ({
    rawKey: rawKeys[Math.floor((caller * rawKeys.length) / callers)],
    model: `bench-${caller % poolCount}`,
  }))
}

async function addPool(admin, slug) {
  const keys = []
  for (let number = 0; number < keysPerPool; number++) {
    const name = `${slug}-key-${number}`
    const key = await admin('POST', '/keys', { provider: 'bench', name, secret: `sk-${name}`, limits })
    keys.push({ key_id: key.id })
  }
  await admin('POST', '/pools', { slug, limits, keys })
  const name = slug.replace('pool', 'bench')
  await admin('POST', '/models', { name, targets: [{ pool: slug, model: 'bench-model' }] })
}

/** Straight into the database: a hundred thousand keys one by one through the admin API would take an hour. */
async function addApps(databaseUrl, pepper, apps, appKeys) {
  const { createAppKey } = await load('app-key', `export { createAppKey } from '@/lib/secrets/app-key'`)
  const sql = postgres(databaseUrl, { max: 1, onnotice() {} })
  const ids = Array.from({ length: apps }, () => randomUUID())
  const keys = Array.from({ length: appKeys }, () => createAppKey(pepper))
  try {
    await sql`
      insert into apps (id, name, tenant, project, tenant_scope, project_scope, feature_scope, limits)
      select id, 'app-' || n, 'tenant-' || n % 20, 'default', array['tenant-' || n % 20], '{default}', '{*}',
        ${sql.json(limits)}
      from unnest(${ids}::uuid[]) with ordinality as t (id, n)`
    await sql`
      insert into budgets (id, scope, scope_id, period, limit_nanos, hard)
      select gen_random_uuid(), 'app', id::text, 'day', ${String(budget.limit_usd * 1e9)}, true from apps`
    for (let start = 0; start < appKeys; start += rowsAtOnce) {
      const part = keys.slice(start, start + rowsAtOnce)
      await sql`
        insert into app_keys (id, app_id, name, public_id, digest, last4)
        select gen_random_uuid(), app_id, 'bench', public_id, decode(digest, 'hex'), last4
        from unnest(${part.map((_, n) => ids[(start + n) % apps])}::uuid[],
          ${part.map(({ publicId }) => publicId)}::text[],
          ${part.map(({ digest }) => digest.toString('hex'))}::text[],
          ${part.map(({ last4 }) => last4)}::text[]) as t (app_id, public_id, digest, last4)`
    }
  } finally {
    await sql.end()
  }
  return keys.map(({ rawKey }) => rawKey)
}
