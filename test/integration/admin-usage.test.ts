import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { nanosToUsd } from '@/lib/format'
import { newId } from '@/lib/id'
import type { UsageRow, UsageTotals } from '@/lib/schemas/usage'
import { startAdmin, type TestAdmin } from '../support/admin'

const start = Date.parse('2026-03-01T15:50:00Z')
const minute = 60_000
const span = 150 * minute

type Named = { id: string; name: string; slug: string }
let admin: TestAdmin
let rows: LedgerRow[]
let apps: Named[]
let keys: Named[]
let pools: Named[]
let providers: Named[]

beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  apps = [await admin.create('/apps', { name: 'web' }), await admin.create('/apps', { name: 'batch' })]
  providers = []
  keys = []
  for (const slug of ['one', 'two']) {
    providers.push(
      await admin.create('/providers', { slug, name: `Provider ${slug}`, base_url: 'https://x.example' }),
    )
    keys.push(
      await admin.create('/keys', {
        provider: slug,
        name: `key of ${slug}`,
        secret: `sk-${slug}-0123456789`,
      }),
    )
  }
  pools = (await admin.call('GET', '/pools')).json.data
  rows = fc.sample(requestRow(), { numRuns: 400, seed: 7 })
  for (let index = 0; index < rows.length; index += 100) {
    await foldRequests(
      admin.gateway,
      rows.slice(index, index + 100).map((row) => JSON.stringify(row)),
    )
  }
})
afterAll(() => admin?.stop())

function requestRow(): fc.Arbitrary<LedgerRow> {
  const tokens = fc.integer({ min: 0, max: 5000 })
  return fc
    .record({
      offset: fc.oneof(
        fc.integer({ min: 0, max: span - 1 }),
        fc.constantFrom(0, 10 * minute, 10 * minute - 1, 25 * minute),
      ),
      kind: fc.constantFrom('call', 'call', 'call', 'probe'),
      outcome: fc.constantFrom('ok', 'ok', 'ok', 'error', 'refused', 'client_closed', 'interrupted'),
      side: fc.integer({ min: 0, max: 1 }),
      app: fc.integer({ min: 0, max: 1 }),
      tenant: fc.constantFrom('acme', 'bolt', 'core'),
      feature: fc.constantFrom('default', '=1+1'),
      model: fc.constantFrom('gpt-4o', 'deepseek-chat'),
      endpoint: fc.constantFrom('chat/completions', 'embeddings'),
      environment: fc.constantFrom('production', 'staging'),
      error_class: fc.constantFrom('auth', 'quota', 'timeout'),
      input_tokens: tokens,
      output_tokens: tokens,
      cost_nanos: fc.bigInt(0n, 10_000_000_000n),
      cost_source: fc.constantFrom('reported', 'estimated'),
      latency_ms: fc.integer({ min: 1, max: 60_000 }),
      ttft_ms: fc.option(fc.integer({ min: 1, max: 5000 })),
    })
    .map((drawn): LedgerRow => {
      const refused = drawn.outcome === 'refused'
      const failed = drawn.outcome === 'error' || drawn.outcome === 'interrupted'
      const target = <Item extends Named>(items: Item[]) => (refused ? null : (items[drawn.side]?.id ?? null))
      const provider = providers[drawn.side]
      return {
        id: newId(),
        ts: new Date(start + drawn.offset).toISOString(),
        kind: drawn.kind as 'call',
        outcome: drawn.outcome as 'ok',
        request_id: newId(),
        process_id: newId(),
        app_id: apps[drawn.app]?.id ?? null,
        app_key_id: null,
        key_id: target(keys),
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
        input_tokens: refused ? 0 : drawn.input_tokens,
        cached_input_tokens: refused ? 0 : Math.floor(drawn.input_tokens / 3),
        output_tokens: refused ? 0 : drawn.output_tokens,
        reasoning_tokens: refused ? 0 : Math.floor(drawn.output_tokens / 2),
        cost_nanos: refused ? '0' : drawn.cost_nanos.toString(),
        cost_source: drawn.cost_source as 'reported',
        price_id: null,
        latency_ms: drawn.latency_ms,
        ttft_ms: refused ? null : drawn.ttft_ms,
        status: failed ? 500 : refused ? 429 : 200,
        error_class: failed ? drawn.error_class : null,
        error_code: null,
        attempts: refused
          ? []
          : [
              {
                key_id: keys[drawn.side]?.id ?? '',
                provider: provider?.slug ?? '',
                model: drawn.model,
                class: null,
                status: 200,
                ms: 5,
              },
            ],
        decision: { strategy: 'round_robin' },
        charges: null,
      }
    })
}

const named = (items: Named[], id: string | null) => items.find((item) => item.id === id)
const inZone = (zone: string, form: Intl.DateTimeFormatOptions, at: Date) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...form }).format(at)

/** What a group's value is for a row, worked out without the database. */
const groupsOf: Record<string, (row: LedgerRow, zone: string) => string | null> = {
  tenant: (row) => row.tenant,
  project: (row) => row.project,
  feature: (row) => row.feature,
  app: (row) => row.app_id,
  model: (row) => row.model,
  key: (row) => row.key_id,
  pool: (row) => named(pools, row.pool_id)?.slug ?? null,
  provider: (row) => named(providers, row.provider_id)?.slug ?? null,
  environment: (row) => row.environment,
  endpoint: (row) => row.endpoint,
  error_class: (row) => row.error_class,
  hour: (row) =>
    new Date(Math.floor(Date.parse(row.ts) / 3_600_000) * 3_600_000).toISOString().replace('.000', ''),
  day: (row, zone) => inZone(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }, new Date(row.ts)),
  minute: (row) =>
    new Date(Math.floor(Date.parse(row.ts) / minute) * minute).toISOString().replace('.000', ''),
}

type Sums = Omit<UsageTotals, 'p50_ms' | 'p95_ms' | 'ttft_p50_ms'>

function sumOf(of: LedgerRow[]): Sums {
  const calls = of.filter((row) => row.outcome !== 'refused')
  const failed = calls.filter((row) => row.outcome === 'error' || row.outcome === 'interrupted')
  const total = (pick: (row: LedgerRow) => number) => of.reduce((all, row) => all + pick(row), 0)
  const cost = (from: LedgerRow[]) => nanosToUsd(from.reduce((all, row) => all + BigInt(row.cost_nanos), 0n))
  const classes: Record<string, number> = {}
  for (const { error_class } of failed)
    if (error_class) classes[error_class] = (classes[error_class] ?? 0) + 1
  return {
    requests: calls.length,
    errors: failed.length,
    errors_by_class: classes,
    refused: of.length - calls.length,
    input_tokens: total((row) => row.input_tokens),
    cached_input_tokens: total((row) => row.cached_input_tokens),
    output_tokens: total((row) => row.output_tokens),
    reasoning_tokens: total((row) => row.reasoning_tokens),
    cost_usd: cost(of),
    estimated_cost_usd: cost(of.filter((row) => row.cost_source !== 'reported')),
  }
}

function sumsOnly(row: UsageRow | UsageTotals): object {
  return Object.fromEntries(Object.keys(sumOf([])).map((name) => [name, row[name as 'requests']]))
}

function expected(of: LedgerRow[], groups: string[], zone: string): Map<string, Sums> {
  const nameOf = (row: LedgerRow) => JSON.stringify(groups.map((group) => groupsOf[group]?.(row, zone)))
  const names = new Set(of.map(nameOf))
  return new Map([...names].map((name) => [name, sumOf(of.filter((row) => nameOf(row) === name))]))
}

async function usage(query: Record<string, string | string[]>) {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
  )
  const { status, json } = await admin.call('GET', `/usage?${search}`)
  return { status, ...json }
}

const wholeDay = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' }

describe('usage', () => {
  it('equals a count of the single rows for any range, grouping, zone and filter', async () => {
    const groupLists = fc.uniqueArray(fc.constantFrom(...Object.keys(groupsOf)), { maxLength: 3 })
    const zones = fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York', 'Asia/Kathmandu')
    const question = fc.record({
      from: fc.integer({ min: -20 * minute, max: span }),
      length: fc.oneof(fc.integer({ min: 1, max: span }), fc.constant(15 * minute)),
      groups: groupLists,
      zone: zones,
      tenants: fc.option(fc.subarray(['acme', 'bolt'], { minLength: 1 })),
      app: fc.boolean(),
      probes: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(question, async ({ from, length, groups, zone, tenants, app, probes }) => {
        // Hours of a zone with a 45-minute offset start elsewhere; the brute force knows whole UTC hours only.
        fc.pre(!(groups.includes('hour') && zone === 'Asia/Kathmandu'))
        const [first, last] = [start + from, start + from + length]
        const inside = rows.filter(
          (row) =>
            Date.parse(row.ts) >= first &&
            Date.parse(row.ts) < last &&
            (probes || row.kind === 'call') &&
            (!tenants || tenants.includes(row.tenant)) &&
            (!app || row.app_id === apps[0]?.id),
        )
        const answer = await usage({
          from: new Date(first).toISOString(),
          to: new Date(last).toISOString(),
          tz: zone,
          group_by: groups.join(','),
          ...(tenants && { tenant: tenants }),
          ...(app && { app: 'web' }),
          ...(probes && { include: 'probes' }),
        })
        const wanted = expected(inside, groups, zone)
        const got = new Map(
          answer.rows.map((row: UsageRow) => [
            JSON.stringify(groups.map((group) => row[group as 'app'])),
            sumsOnly(row),
          ]),
        )
        expect(got).toEqual(wanted)
        expect(sumsOnly(answer.totals)).toEqual(sumOf(inside))
      }),
      { numRuns: 60, seed: 11 },
    )
  })

  it('gives percentiles of all rows of a group, whether they come from rollups or from the edges', async () => {
    const [direct] = await admin.gateway.sql`
      select histogram_percentile(histogram_of(histogram_bucket(latency_ms)) filter (where outcome <> 'refused'), 0.5) as p50_ms,
        histogram_percentile(histogram_of(histogram_bucket(latency_ms)) filter (where outcome <> 'refused'), 0.95) as p95_ms,
        histogram_percentile(histogram_of(histogram_bucket(ttft_ms)) filter (where ttft_ms is not null), 0.5) as ttft_p50_ms
      from requests where kind = 'call' and ts >= '2026-03-01T15:51:00Z' and ts < '2026-03-01T18:01:00Z'`
    const { totals } = await usage({ from: '2026-03-01T15:51:00Z', to: '2026-03-01T18:01:00Z' })
    expect(totals).toMatchObject(direct ?? {})
    const latencies = rows
      .filter((row) => row.kind === 'call' && row.outcome !== 'refused')
      .map((row) => row.latency_ms)
    const middle = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length / 2)] ?? 0
    expect(Math.abs(totals.p50_ms - middle) / middle).toBeLessThan(0.2)
  })

  it('names what ids and slugs stand for, also after it was archived', async () => {
    const { rows: found } = await usage({ ...wholeDay, group_by: 'app,key,pool,provider' })
    for (const row of found) {
      expect(row.app_name).toBe(named(apps, row.app)?.name)
      expect(row.key_name).toBe(named(keys, row.key)?.name ?? null)
      expect(row.provider_name).toBe(row.provider && `Provider ${row.provider}`)
    }
    expect(new Set(found.map((row: UsageRow) => row.pool))).toEqual(new Set(['one', 'two', null]))
    const app = await admin.create('/apps', { name: 'short-lived' })
    const first = rows[0] as LedgerRow
    const row = {
      ...first,
      id: newId(),
      request_id: newId(),
      app_id: app.id,
      kind: 'call',
      ts: '2026-04-01T00:00:00Z',
    } as LedgerRow
    await foldRequests(admin.gateway, [JSON.stringify(row)])
    await admin.call('DELETE', `/apps/${app.id}`)
    const later = await usage({ from: '2026-04-01T00:00:00Z', to: '2026-04-02T00:00:00Z', group_by: 'app' })
    expect(later.rows).toMatchObject([{ app: app.id, app_name: 'short-lived' }])
  })

  it('counts days in the organisation’s time zone unless tz says otherwise', async () => {
    await admin.call('PATCH', '/settings', { time_zone: 'Asia/Shanghai' })
    const days = async (query: object) =>
      (await usage({ ...wholeDay, group_by: 'day', ...query })).rows.map((row: UsageRow) => row.day)
    // 16:00 UTC is midnight in Shanghai, and the rows begin ten minutes before it.
    expect(await days({})).toEqual(['2026-03-01', '2026-03-02'])
    expect(await days({ tz: 'UTC' })).toEqual(['2026-03-01'])
    await admin.call('PATCH', '/settings', { time_zone: null })
  })

  it.each([
    [{ group_by: 'colour' }, 'group_by.0'],
    [{ group_by: 'app,app' }, 'group_by'],
    [{ group_by: 'minute', from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:01Z' }, 'group_by'],
    [{ from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' }, 'from'],
    [{ from: 'yesterday' }, 'from'],
    [{ tz: 'Mars' }, 'tz'],
    [{ colour: 'red' }, 'colour'],
  ])('refuses %j', async (query, param) => {
    expect(await usage(query as Record<string, string>)).toMatchObject({ status: 400, error: { param } })
  })

  it('comes as CSV with the same rows, and defuses cells that a spreadsheet would run', async () => {
    const query = 'from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&group_by=feature,app'
    const { text, headers, status } = await admin.send('GET', `/usage.csv?${query}`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('text/csv')
    const lines = text.trim().split('\n')
    expect(lines[0]).toBe(
      'feature,app,app_name,requests,errors,errors_by_class,refused,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd,estimated_cost_usd,p50_ms,p95_ms,ttft_p50_ms',
    )
    const { json } = await admin.call('GET', `/usage?${query}`)
    expect(lines).toHaveLength(json.rows.length + 1)
    expect(text).toContain("'=1+1")
    expect(text).not.toMatch(/(^|,)=1\+1/m)
    const [first] = json.rows
    expect(lines[1]).toContain(
      `${first.feature.replace('=', "'=")},${first.app},${first.app_name},${first.requests},`,
    )
    expect(lines[1]).toContain(`,${first.cost_usd},${first.estimated_cost_usd},`)
  })
})

describe('requests', () => {
  const newestFirst = () =>
    rows.toSorted((a, b) => Date.parse(b.ts) - Date.parse(a.ts) || (a.id < b.id ? 1 : -1))

  it('are listed once each, newest first, also where times are equal', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const { json } = await admin.call(
        'GET',
        `/requests?to=2026-03-02T00:00:00Z&limit=73${cursor && `&cursor=${cursor}`}`,
      )
      seen.push(...json.data.map((row: { id: string }) => row.id))
      cursor = json.next_cursor ?? ''
    } while (cursor)
    expect(seen).toEqual(newestFirst().map((row) => row.id))
  })

  it.each([
    ['tenant=acme', (row: LedgerRow) => row.tenant === 'acme'],
    ['provider=one', (row: LedgerRow) => row.provider_id === providers[0]?.id],
    ['key=key+of+two&outcome=ok', (row: LedgerRow) => row.key_id === keys[1]?.id && row.outcome === 'ok'],
    ['app=web&status=429', (row: LedgerRow) => row.app_id === apps[0]?.id && row.status === 429],
    [
      'error_class=quota&from=2026-03-01T16:30:00Z',
      (row: LedgerRow) => row.error_class === 'quota' && Date.parse(row.ts) >= start + 40 * minute,
    ],
  ])('are filtered by %s', async (query, wanted) => {
    const { json } = await admin.call('GET', `/requests?limit=200&to=2026-03-02T00:00:00Z&${query}`)
    const ids = newestFirst()
      .filter(wanted)
      .map((row) => row.id)
    expect(ids.length).toBeGreaterThan(0)
    expect(json.data.map((row: { id: string }) => row.id)).toEqual(ids.slice(0, 200))
  })

  it('show one call with its attempts and decision', async () => {
    const row = rows.find((candidate) => candidate.outcome === 'ok') as LedgerRow
    const { json } = await admin.call('GET', `/requests/${row.id}`)
    expect(json).toMatchObject({
      id: row.id,
      ts: row.ts,
      provider: named(providers, row.provider_id)?.slug,
      cost_usd: nanosToUsd(BigInt(row.cost_nanos)),
      attempts: row.attempts,
      decision: { strategy: 'round_robin' },
    })
    const { json: list } = await admin.call('GET', `/requests?request_id=${row.request_id}`)
    expect(list.data).toMatchObject([{ id: row.id, attempts: 1 }])
  })

  it('are exported whole as CSV and JSON lines', async () => {
    const query = 'from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z'
    const jsonl = (await admin.send('GET', `/requests.jsonl?${query}`)).text.trim().split('\n')
    expect(jsonl.map((line) => JSON.parse(line).id)).toEqual(newestFirst().map((row) => row.id))
    const csv = (await admin.send('GET', `/requests.csv?${query}`)).text.trim().split('\n')
    expect(csv).toHaveLength(rows.length + 1)
    expect(csv[0]).toMatch(
      /^id,ts,request_id,app_id,key_id,pool,provider,environment,tenant,project,feature,endpoint,model,served_model,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd,cost_source,latency_ms,ttft_ms,status,error_class,attempts(,|$)/,
    )
    expect(csv.join('\n')).not.toMatch(/(^|,)=1\+1/m)
  })
})
