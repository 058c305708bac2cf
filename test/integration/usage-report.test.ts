import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readReport } from '@/app/(portal)/usage/report'
import { adminQuery, type Measure, measures, parseUsageView, type UsageView } from '@/app/(portal)/usage/view'
import { readAppActivity } from '@/lib/data/app-activity'
import { foldRequests } from '@/lib/data/ledger'
import { nanosToUsd } from '@/lib/format'
import { newId } from '@/lib/id'
import { type UsageDimension, usageDimensions } from '@/lib/schemas/usage-dimensions'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type FilledLedger, fillLedger, span, start } from '../support/ledger-rows'

let admin: TestAdmin
let ledger: FilledLedger
beforeAll(async () => {
  admin = await startAdmin()
  ledger = await fillLedger(admin)
  // More models than a chart has colours for.
  const extra = ledger.rows
    .slice(0, 60)
    .map((row, index) => ({ ...row, id: newId(), model: `model-${index % 12}` }))
  await foldRequests(
    admin.gateway,
    extra.map((row) => JSON.stringify(row)),
  )
})
afterAll(() => admin?.stop())

const now = new Date(start + span)

function viewOf(search: Record<string, string | string[]>, timeZone: string): UsageView {
  return parseUsageView(search, now, timeZone)
}

/** Sums of a CSV whose first line names the columns. */
function sumColumn(csv: string, name: string): number {
  const [header = '', ...lines] = csv.trimEnd().split('\n')
  const index = header.split(',').indexOf(name)
  // `errors_by_class` is the only column with commas inside, and a quoted JSON text.
  const cells = lines.map((line) => line.replace(/"\{.*?\}"/, '{}').split(',')[index])
  return cells.reduce((all, cell) => all + Number(cell), 0)
}

describe('the usage page', () => {
  it('shows the same sums in chart, table, totals and CSV', async () => {
    const question = fc.record({
      from: fc.integer({ min: 0, max: span - 2 }),
      length: fc.constantFrom(30 * 60_000, span, 5 * 24 * 3_600_000),
      by: fc.constantFrom(...usageDimensions),
      and: fc.option(fc.constantFrom(...usageDimensions)),
      measure: fc.constantFrom(...measures.filter((measure) => measure !== 'p95')),
      tenants: fc.subarray(['acme', 'bolt']),
      timeZone: fc.constantFrom('UTC', 'Asia/Shanghai', 'Asia/Kathmandu', 'America/New_York'),
    })
    const csvColumns: Record<Exclude<Measure, 'p95'>, string[]> = {
      cost: ['cost_usd'],
      requests: ['requests'],
      tokens: ['input_tokens', 'output_tokens'],
      errors: ['errors'],
    }
    await fc.assert(
      fc.asyncProperty(question, async ({ from, length, by, and, measure, tenants, timeZone }) => {
        const range = [new Date(start + from), new Date(start + from + length)].map((at) => at.toISOString())
        const [first = '', last = ''] = range
        const search = { from: first, to: last, by, measure, tenant: tenants, ...(and && { and }) }
        const view = viewOf(search, timeZone)
        const { totals, groups, series } = await readReport(admin.portal, view, null)
        const wanted = {
          cost: totals.cost_usd,
          requests: totals.requests,
          tokens: totals.input_tokens + totals.output_tokens,
          errors: totals.errors,
        }[measure]

        const table = groups.reduce((all, group) => {
          const amounts = {
            cost: BigInt(group.cost_nanos),
            requests: BigInt(group.requests),
            tokens: BigInt(group.input_tokens) + BigInt(group.output_tokens),
            errors: BigInt(group.errors),
          }
          return all + amounts[measure]
        }, 0n)
        expect(measure === 'cost' ? nanosToUsd(table) : Number(table)).toBe(wanted)

        const drawn = series.points.flatMap((point) => Object.values(point.values))
        expect(drawn.reduce<number>((all, value) => all + (value ?? 0), 0)).toBeCloseTo(wanted, 6)

        const groupBy = view.and ? `${by},${view.and}` : by
        const csv = (await admin.send('GET', `/usage.csv?${adminQuery(view, { group_by: groupBy })}`)).text
        const inCsv = csvColumns[measure].reduce((all, column) => all + sumColumn(csv, column), 0)
        expect(inCsv).toBeCloseTo(wanted, 6)
      }),
      { numRuns: 40, seed: 5 },
    )
  })

  it('puts what does not fit into the chart together as "other", and none for percentiles', async () => {
    const range = { from: new Date(start).toISOString(), to: now.toISOString() }
    const cost = await readReport(admin.portal, viewOf({ ...range, by: 'model' }, 'UTC'), null)
    expect(cost.series).toMatchObject({ hasOther: true, total: 14 })
    expect(cost.series.shown).toHaveLength(8)
    expect(Object.keys(cost.series.points[0]?.values ?? {})).toHaveLength(9)
    const p95 = await readReport(admin.portal, viewOf({ ...range, by: 'model', measure: 'p95' }, 'UTC'), null)
    expect(p95.series).toMatchObject({ hasOther: false, total: 14 })
    expect(Object.keys(p95.series.points[0]?.values ?? {})).toHaveLength(8)
  })

  it('sorts by each column, unknown values last', async () => {
    const range = { from: new Date(start).toISOString(), to: now.toISOString() }
    const report = await readReport(admin.portal, viewOf({ ...range, by: 'key', sort: 'p95' }, 'UTC'), null)
    const [last] = report.groups.slice(-1)
    expect(last).toMatchObject({ values: [null], p95_ms: null })
    const known = report.groups.map((group) => group.p95_ms).filter((ms) => ms !== null)
    expect(known).toEqual([...known].sort((a, b) => a - b))
  })

  it('shows a member only calls of the apps that are theirs', async () => {
    const [web, batch] = ledger.apps
    await admin.call('PATCH', `/apps/${web?.id}`, { owner_email: 'Dev@Example.com' })
    const range = { from: new Date(start).toISOString(), to: now.toISOString() }
    const mine = await readReport(admin.portal, viewOf({ ...range, by: 'app' }, 'UTC'), 'dev@example.com')
    expect(mine.groups.map((group) => group.values)).toEqual([[web?.id]])
    const others = viewOf({ ...range, by: 'app', app: String(batch?.id) }, 'UTC')
    expect((await readReport(admin.portal, others, 'dev@example.com')).groups).toEqual([])
  })

  it('names the models of calls without a price, and counts only those', async () => {
    const [row] = ledger.rows.filter((one) => one.kind === 'call' && one.outcome === 'ok')
    const unpriced = { ...row, id: newId(), cost_source: 'unknown', cost_nanos: '0', served_model: 'strange' }
    await foldRequests(admin.gateway, [JSON.stringify(unpriced)])
    const range = { from: new Date(start).toISOString(), to: now.toISOString() }
    const by: UsageDimension = 'app'
    const { unpriced: found } = await readReport(admin.portal, viewOf({ ...range, by }, 'UTC'), null)
    expect(found).toEqual([{ provider: expect.any(String), model: 'strange', requests: 1 }])
  })
})

describe('app activity', () => {
  it('counts this month in the organisation’s zone, and knows the last call and the usable keys', async () => {
    const { id } = await admin.create('/apps', { name: 'active' })
    const key = await admin.create(`/apps/${id}/keys`, { name: 'one' })
    const second = await admin.create(`/apps/${id}/keys`, { name: 'two' })
    await admin.call('POST', `/apps/${id}/keys/${second.id}/revoke`)
    const [row] = ledger.rows.filter((one) => one.kind === 'call' && one.outcome === 'ok')
    const at = new Date()
    const longAgo = new Date(at.getTime() - 40 * 86_400_000)
    const calls = [at, longAgo].map((ts) => ({
      ...row,
      id: newId(),
      ts: ts.toISOString(),
      app_id: id,
      app_key_id: key.id,
      cost_nanos: '1500000000',
    }))
    await foldRequests(
      admin.gateway,
      calls.map((call) => JSON.stringify(call)),
    )
    const activity = (await readAppActivity(admin.portal, 'Asia/Shanghai')).get(id)
    expect(activity).toEqual({
      app_id: id,
      keys: 1,
      requests: 1,
      errors: 0,
      refused: 0,
      cost_nanos: '1500000000',
      last_call_at: at.toISOString(),
    })
  })
})
