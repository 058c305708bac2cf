import fc from 'fast-check'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import type { TestAdmin } from './admin'

export const minute = 60_000
/** The first row's time: ten minutes before midnight in Shanghai, off every quarter of an hour. */
export const start = Date.parse('2026-03-01T15:50:00Z')
export const span = 150 * minute

type Named = { id: string; name: string; slug: string }
export type FilledLedger = {
  rows: LedgerRow[]
  apps: Named[]
  keys: Named[]
  pools: Named[]
  providers: Named[]
}

/** Random rows of two apps at two providers within `span`, written and folded as a gateway does. */
export async function fillLedger(admin: TestAdmin): Promise<FilledLedger> {
  await admin.addVaultKey()
  const apps = [await admin.create('/apps', { name: 'web' }), await admin.create('/apps', { name: 'batch' })]
  const providers: Named[] = []
  const keys: Named[] = []
  for (const slug of ['one', 'two']) {
    const provider = { slug, name: `Provider ${slug}`, base_url: 'https://x.example' }
    providers.push(await admin.create('/providers', provider))
    const key = { provider: slug, name: `key of ${slug}`, secret: `sk-${slug}-0123456789` }
    keys.push(await admin.create('/keys', key))
  }
  const pools = (await admin.call('GET', '/pools')).json.data
  const registry = { apps, keys, pools, providers }
  const rows = fc.sample(ledgerRow(registry), { numRuns: 400, seed: 7 })
  for (let index = 0; index < rows.length; index += 100) {
    const batch = rows.slice(index, index + 100).map((row) => JSON.stringify(row))
    await foldRequests(admin.gateway, batch)
  }
  return { rows, ...registry }
}

export function named(items: Named[], id: string | null): Named | undefined {
  return items.find((item) => item.id === id)
}

function ledgerRow(registry: Omit<FilledLedger, 'rows'>): fc.Arbitrary<LedgerRow> {
  const tokens = fc.integer({ min: 0, max: 5000 })
  const anyTime = fc.integer({ min: 0, max: span - 1 })
  const borders = fc.constantFrom(0, 10 * minute, 10 * minute - 1, 25 * minute)
  return fc
    .record({
      offset: fc.oneof(anyTime, borders),
      kind: fc.constantFrom<LedgerRow['kind'][]>('call', 'call', 'call', 'probe'),
      outcome: fc.constantFrom<LedgerRow['outcome'][]>(
        'ok',
        'ok',
        'error',
        'refused',
        'client_closed',
        'interrupted',
      ),
      side: fc.integer({ min: 0, max: 1 }),
      app: fc.integer({ min: 0, max: 1 }),
      tenant: fc.constantFrom('acme', 'bolt', 'core'),
      feature: fc.constantFrom('default', '=1+1'),
      model: fc.constantFrom('gpt-4o', 'deepseek-chat'),
      endpoint: fc.constantFrom('chat/completions', 'embeddings'),
      environment: fc.constantFrom('production', 'staging'),
      errorClass: fc.constantFrom('auth', 'quota', 'timeout'),
      input: tokens,
      output: tokens,
      cost: fc.bigInt(0n, 10_000_000_000n),
      costSource: fc.constantFrom<LedgerRow['cost_source'][]>('reported', 'estimated'),
      latency: fc.integer({ min: 1, max: 60_000 }),
      ttft: fc.option(fc.integer({ min: 1, max: 5000 })),
    })
    .map((drawn): LedgerRow => {
      const refused = drawn.outcome === 'refused'
      const failed = drawn.outcome === 'error' || drawn.outcome === 'interrupted'
      const { apps, keys, pools, providers } = registry
      const target = (items: Named[]) => (refused ? null : (items[drawn.side]?.id ?? null))
      const key_id = target(keys)
      const provider = providers[drawn.side]?.slug ?? ''
      return {
        id: newId(),
        ts: new Date(start + drawn.offset).toISOString(),
        kind: drawn.kind,
        outcome: drawn.outcome,
        request_id: newId(),
        process_id: newId(),
        app_id: apps[drawn.app]?.id ?? null,
        app_key_id: null,
        key_id,
        pool_id: target(pools),
        provider_id: target(providers),
        environment: drawn.environment,
        tenant: drawn.tenant,
        project: 'default',
        feature: drawn.feature,
        endpoint: drawn.endpoint,
        model: drawn.model,
        served_model: drawn.model,
        stream: false,
        input_tokens: refused ? 0 : drawn.input,
        cached_input_tokens: refused ? 0 : Math.floor(drawn.input / 3),
        output_tokens: refused ? 0 : drawn.output,
        reasoning_tokens: refused ? 0 : Math.floor(drawn.output / 2),
        cost_nanos: refused ? '0' : drawn.cost.toString(),
        cost_source: drawn.costSource,
        price_id: null,
        latency_ms: drawn.latency,
        ttft_ms: refused ? null : drawn.ttft,
        status: failed ? 500 : refused ? 429 : 200,
        error_class: failed ? drawn.errorClass : null,
        error_code: null,
        attempts: refused ? [] : [{ key_id, provider, model: drawn.model, class: null, status: 200, ms: 5 }],
        decision: { strategy: 'round_robin' },
        charges: null,
      }
    })
}
