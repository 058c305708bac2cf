import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import {
  type CallSums,
  readBusiest,
  readCallPoints,
  readCallSums,
  readErrorCounts,
  readProgress,
  readSpend,
} from '@/lib/data/overview'
import { newId } from '@/lib/id'
import { dayOf, startOf } from '@/lib/time-zone'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type FilledLedger, fillLedger, minute, span, start } from '../support/ledger-rows'

const owner = 'dev@example.com'
const hour = 60 * minute

let admin: TestAdmin
let ledger: FilledLedger

beforeAll(async () => {
  admin = await startAdmin()
})
afterAll(() => admin?.stop())

test('a new installation has none of the first steps done', async () => {
  expect(await readProgress(admin.portal)).toEqual({ key: false, app: false, app_key: false, call: false })
})

describe('with calls', () => {
  // Off every quarter of an hour at both ends, and over midnight in Shanghai.
  const range = { from: new Date(start + 7 * minute), to: new Date(start + span - 3 * minute) }
  const question = { range, step: 'hour', timeZone: 'Asia/Shanghai', ownerEmail: null } as const

  beforeAll(async () => {
    ledger = await fillLedger(admin)
    await admin.call('PATCH', `/apps/${ledger.apps[0]?.id}`, { owner_email: owner })
  })

  const calls = (appId?: string) =>
    ledger.rows.filter((row) => {
      const at = Date.parse(row.ts)
      const within = at >= range.from.getTime() && at < range.to.getTime()
      return within && row.kind === 'call' && (!appId || row.app_id === appId)
    })

  test('sums agree with the rows, probes left out', async () => {
    expect(await readCallSums(admin.portal, question)).toEqual(sumsOf(calls()))
  })

  test('a developer sees only the calls of their own apps', async () => {
    const mine = { ...question, ownerEmail: owner.toUpperCase() }
    expect(await readCallSums(admin.portal, mine)).toEqual(sumsOf(calls(ledger.apps[0]?.id)))
    expect((await readBusiest(admin.portal, 'app', mine)).map(({ name }) => name)).toEqual(['web'])
    expect(await readCallSums(admin.portal, { ...question, ownerEmail: '' })).toEqual(sumsOf([]))
  })

  test('hours and days of the zone add up to the same', async () => {
    for (const step of ['hour', 'day'] as const) {
      const points = await readCallPoints(admin.portal, { ...question, step })
      const time = (row: LedgerRow) =>
        step === 'day'
          ? dayOf(new Date(row.ts), question.timeZone)
          : new Date(Math.floor(Date.parse(row.ts) / hour) * hour).toISOString().replace('.000Z', 'Z')
      const times = [...new Set(calls().map(time))].sort()
      expect(points).toEqual(
        times.map((at) => ({ time: at, ...sumsOf(calls().filter((row) => time(row) === at)) })),
      )
    }
  })

  test('errors are counted by class, most frequent first', async () => {
    const counts = new Map<string, number>()
    for (const { error_class } of calls())
      if (error_class) counts.set(error_class, (counts.get(error_class) ?? 0) + 1)
    const found = await readErrorCounts(admin.portal, question)
    expect(new Map(found.map((row) => [row.class, row.errors]))).toEqual(counts)
    expect(found.map(({ errors }) => errors)).toEqual([...counts.values()].sort((a, b) => b - a))
  })

  test('the busiest models come first, with their own sums', async () => {
    const found = await readBusiest(admin.portal, 'model', question)
    expect(found.map(({ requests }) => requests)).toEqual(
      found.map(({ requests }) => requests).sort((a, b) => b - a),
    )
    for (const { id, name, ...sums } of found)
      expect(sums, name).toEqual(sumsOf(calls().filter((row) => row.model === id)))
  })

  test('the first steps that are done are told', async () => {
    expect(await readProgress(admin.portal)).toEqual({ key: true, app: true, app_key: false, call: true })
    await admin.create(`/apps/${ledger.apps[0]?.id}/keys`, { name: 'first' })
    expect(await readProgress(admin.portal)).toMatchObject({ app_key: true })
  })

  test('today, yesterday until this time and this month are those of the zone', async () => {
    // A zone where it is about noon, so that the hours around now lie within one day.
    const ahead = 12 - new Date().getUTCHours()
    const timeZone = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
    const now = Date.now()
    const rows = [0, 2, 23, 25, 60].map((hoursAgo, index) => ({
      ...payment(ledger.rows),
      ts: new Date(now - hoursAgo * hour).toISOString(),
      cost_nanos: String(10 ** index),
      cost_source: index === 1 ? ('estimated' as const) : ('reported' as const),
    }))
    await foldRequests(
      admin.gateway,
      rows.map((row) => JSON.stringify(row)),
    )
    const month = startOf('month', new Date(now), timeZone)
    const thisMonth = [...ledger.rows, ...rows].filter(
      (row) => row.kind === 'call' && new Date(row.ts) >= month && Date.parse(row.ts) <= now,
    )
    expect(await readSpend(admin.portal, { now: new Date(now), timeZone, ownerEmail: null })).toEqual({
      today_nanos: '11',
      today_estimated_nanos: '10',
      yesterday_nanos: '1000',
      month_nanos: sumsOf(thisMonth).cost_nanos,
      month_estimated_nanos: sumsOf(thisMonth.filter((row) => row.cost_source !== 'reported')).cost_nanos,
    })
    expect(
      await readSpend(admin.portal, { now: new Date(now), timeZone, ownerEmail: 'nobody@example.com' }),
    ).toMatchObject({ today_nanos: '0' })
  })
})

function payment(rows: LedgerRow[]): LedgerRow {
  const row = rows.find(({ kind, outcome }) => kind === 'call' && outcome === 'ok')
  if (!row) throw new Error('no row of a call that succeeded')
  return { ...row, id: newId(), request_id: newId() }
}

function sumsOf(rows: LedgerRow[]): CallSums {
  const made = rows.filter(({ outcome }) => outcome !== 'refused')
  return {
    requests: made.length,
    errors: made.filter(({ outcome }) => outcome === 'error' || outcome === 'interrupted').length,
    refused: rows.length - made.length,
    cost_nanos: String(rows.reduce((all, row) => all + BigInt(row.cost_nanos), 0n)),
  }
}
