import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { oldPartitions } from '@/lib/data/retention'
import { newId } from '@/lib/id'
import { applyRetention } from '@/lib/ledger/retention'
import { auditLedger } from '@/lib/ledger/self-audit'
import { startAdmin, type TestAdmin } from '../support/admin'
import { fillLedger } from '../support/ledger-rows'

const now = new Date('2026-11-21T02:00:00Z')
const budgetId = newId()

let admin: TestAdmin
let template: LedgerRow
beforeEach(async () => {
  admin = await startAdmin()
  const { rows } = await fillLedger(admin)
  template = rows.find((row) => row.outcome === 'ok' && row.kind === 'call') as LedgerRow
})
afterEach(() => admin?.stop())

/** A call at `ts` that cost a budget's window of its month a dollar. */
function callAt(ts: string): LedgerRow {
  const start = new Date(`${ts.slice(0, 7)}-01T00:00:00Z`)
  const end = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1))
  const charge = {
    budget_id: budgetId,
    window_start: start.toISOString(),
    window_end: end.toISOString(),
    nanos: 1_000_000_000,
    leased: 0,
  }
  return { ...template, id: newId(), request_id: newId(), ts, cost_nanos: '1000000000', charges: [charge] }
}

const fold = (...times: string[]) =>
  foldRequests(
    admin.gateway,
    times.map((ts) => JSON.stringify(callAt(ts))),
  )

async function monthsWithRows(): Promise<Record<string, string>> {
  const rows = await admin.gateway.sql<{ month: string; partition: string }[]>`
    select distinct to_char(ts at time zone 'UTC', 'YYYY-MM') as month, tableoid::regclass::text as partition
    from requests order by 1`
  return Object.fromEntries(rows.map(({ month, partition }) => [month, partition]))
}

const totals = async () =>
  await admin.gateway.sql<{ month: string; requests: string; cost_nanos: string }[]>`
    select to_char(month at time zone 'UTC', 'YYYY-MM') as month, requests::text as requests, cost_nanos::text as cost_nanos
    from month_totals order by 1`

describe('retention', () => {
  it('gives every row that lies in no partition one of its month, and makes those to come', async () => {
    await fold('2026-05-03T00:00:00Z', '2026-06-30T23:59:59.999Z', '2026-07-01T00:00:00Z')
    expect(new Set(Object.values(await monthsWithRows()))).toEqual(new Set(['requests_default']))
    const { made } = await applyRetention(admin.gateway, now)
    expect(made).toBeGreaterThanOrEqual(4)
    expect(await monthsWithRows()).toEqual({
      '2026-03': 'requests_2026_03',
      '2026-05': 'requests_2026_05',
      '2026-06': 'requests_2026_06',
      '2026-07': 'requests_2026_07',
    })
    const [coming] = await admin.gateway.sql`select to_regclass('requests_2027_01') is not null as there`
    expect(coming?.there).toBe(true)
    expect((await applyRetention(admin.gateway, now)).made).toBe(0)
    expect((await auditLedger(admin.gateway, now, { whole: true })).drifts).toEqual([])
  })

  it('keeps 13 months unless the setting says otherwise', async () => {
    await fold('2025-08-15T00:00:00Z', '2025-09-30T23:59:59Z', '2025-10-01T00:00:00Z')
    await applyRetention(admin.gateway, new Date('2025-10-20T00:00:00Z'))
    expect((await applyRetention(admin.gateway, now)).dropped).toEqual([
      'requests_2025_08',
      'requests_2025_09',
    ])
    expect(Object.keys(await monthsWithRows())).toEqual(['2025-10', '2026-03'])
    await admin.call('PATCH', '/settings', { retention_months: 6 })
    expect((await applyRetention(admin.gateway, now)).dropped).toEqual([
      'requests_2025_10',
      'requests_2025_11',
      'requests_2025_12',
      'requests_2026_03',
    ])
    expect(await monthsWithRows()).toEqual({})
  })

  it('seals the totals of what it drops, so that the audit still adds up', async () => {
    await fold('2025-08-15T00:00:00Z', '2025-08-16T00:00:00Z', '2025-09-01T00:00:00Z')
    await applyRetention(admin.gateway, new Date('2025-10-20T00:00:00Z'))
    await applyRetention(admin.gateway, now)
    expect(await totals()).toEqual([
      { month: '2025-08', requests: '2', cost_nanos: '2000000000' },
      { month: '2025-09', requests: '1', cost_nanos: '1000000000' },
    ])
    const { windows, drifts } = await auditLedger(admin.gateway, now, { whole: true })
    expect(drifts).toEqual([])
    expect(windows).toBeGreaterThan(3)
    await admin.gateway.sql`update rollups set requests = requests + 1 where bucket = '2025-08-15T00:00:00Z'`
    await admin.gateway.sql`
      update budget_windows set posted_nanos = posted_nanos - 1 where window_start = '2025-09-01T00:00:00Z'`
    expect((await auditLedger(admin.gateway, now, { whole: true })).drifts).toMatchObject([
      {
        record: 'rollups',
        from: '2025-08-01T00:00:00+00:00',
        expected: { requests: '2' },
        found: { requests: '3' },
      },
      {
        record: 'budget',
        subject: budgetId,
        expected: { cost_nanos: '1000000000' },
        found: { cost_nanos: '999999999' },
      },
    ])
  })

  it('adds rows that come after their month was dropped to its totals', async () => {
    await fold('2025-08-15T00:00:00Z')
    await applyRetention(admin.gateway, new Date('2025-10-20T00:00:00Z'))
    await applyRetention(admin.gateway, now)
    await fold('2025-08-20T00:00:00Z', '2025-07-20T00:00:00Z')
    expect((await auditLedger(admin.gateway, now, { whole: true })).drifts).toEqual([])
    expect((await applyRetention(admin.gateway, now)).stragglers).toBe(2)
    expect(await totals()).toMatchObject([
      { month: '2025-07', requests: '1' },
      { month: '2025-08', requests: '2' },
    ])
    expect((await auditLedger(admin.gateway, now, { whole: true })).drifts).toEqual([])
  })

  it('drops nothing of which the totals could not be kept', async () => {
    await fold('2025-08-15T00:00:00Z')
    await applyRetention(admin.gateway, new Date('2025-10-20T00:00:00Z'))
    await admin.gateway.sql`alter table month_totals add constraint refuse check (false) not valid`
    await expect(applyRetention(admin.gateway, now)).rejects.toThrow('refuse')
    expect(Object.keys(await monthsWithRows())).toContain('2025-08')
    await admin.gateway.sql`alter table month_totals drop constraint refuse`
    expect((await applyRetention(admin.gateway, now)).dropped).toEqual(['requests_2025_08'])
  })

  it('gives way to a reader and drops when it has gone', async () => {
    await fold('2025-08-15T00:00:00Z')
    await applyRetention(admin.gateway, new Date('2025-10-20T00:00:00Z'))
    let left = () => {}
    const reading = admin.portal.sql.begin(async (tx) => {
      await tx`select count(*) from requests`
      await new Promise<void>((resolve) => {
        left = resolve
      })
    })
    setTimeout(() => left(), 4000)
    const dropping = applyRetention(admin.gateway, now)
    // Calls are written while the drop waits: it gives the lock up again.
    expect(await fold('2026-11-20T00:00:00Z')).toBe(1)
    expect((await dropping).dropped).toEqual(['requests_2025_08'])
    await reading
    expect(await oldPartitions(admin.gateway, now)).not.toContain('requests_2025_08')
  })
})
