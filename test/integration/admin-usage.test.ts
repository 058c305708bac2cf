import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { nanosToUsd } from '@/lib/format'
import { newId } from '@/lib/id'
import type { UsageRow, UsageTotals } from '@/lib/schemas/usage'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type FilledLedger, fillLedger, minute, named, span, start } from '../support/ledger-rows'

let admin: TestAdmin
let ledger: FilledLedger
beforeAll(async () => {
  admin = await startAdmin()
  ledger = await fillLedger(admin)
})
afterAll(() => admin?.stop())

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
  pool: (row) => named(ledger.pools, row.pool_id)?.slug ?? null,
  provider: (row) => named(ledger.providers, row.provider_id)?.slug ?? null,
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
        const inside = ledger.rows.filter(
          (row) =>
            Date.parse(row.ts) >= first &&
            Date.parse(row.ts) < last &&
            (probes || row.kind === 'call') &&
            (!tenants || tenants.includes(row.tenant)) &&
            (!app || row.app_id === ledger.apps[0]?.id),
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
      with calls as (
        select * from requests
        where kind = 'call' and ts >= '2026-03-01T15:51:00Z' and ts < '2026-03-01T18:01:00Z'
      ),
      counted as (
        select measure, bucket, count(*) as n from (
          select 0 as measure, histogram_bucket(latency_ms) as bucket from calls where outcome <> 'refused'
          union all select 1, histogram_bucket(ttft_ms) from calls where ttft_ms is not null
        ) each group by 1, 2
      ),
      lists as (
        select measure, array_agg(bucket order by bucket) as buckets, array_agg(n order by bucket) as counts
        from counted group by 1
      )
      select histogram_percentile(l.buckets, l.counts, 0.5) as p50_ms, histogram_percentile(l.buckets, l.counts, 0.95) as p95_ms,
        histogram_percentile(t.buckets, t.counts, 0.5) as ttft_p50_ms
      from lists l, lists t where l.measure = 0 and t.measure = 1`
    const { totals } = await usage({ from: '2026-03-01T15:51:00Z', to: '2026-03-01T18:01:00Z' })
    expect(totals).toMatchObject(direct ?? {})
    const latencies = ledger.rows
      .filter((row) => row.kind === 'call' && row.outcome !== 'refused')
      .map((row) => row.latency_ms)
    const middle = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length / 2)] ?? 0
    expect(Math.abs(totals.p50_ms - middle) / middle).toBeLessThan(0.2)
  })

  it('names what ids and slugs stand for, also after it was archived', async () => {
    const { rows: found } = await usage({ ...wholeDay, group_by: 'app,key,pool,provider' })
    for (const row of found) {
      expect(row.app_name).toBe(named(ledger.apps, row.app)?.name)
      expect(row.key_name).toBe(named(ledger.keys, row.key)?.name ?? null)
      expect(row.provider_name).toBe(row.provider && `Provider ${row.provider}`)
    }
    expect(new Set(found.map((row: UsageRow) => row.pool))).toEqual(new Set(['one', 'two', null]))
    const app = await admin.create('/apps', { name: 'short-lived' })
    const first = ledger.rows[0] as LedgerRow
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
