import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { listDrifts } from '@/lib/data/ledger-audit'
import { newId } from '@/lib/id'
import { auditLedger, describeAudit } from '@/lib/ledger/self-audit'
import { summariseUsage } from '@/lib/ledger/summaries'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type FilledLedger, fillLedger, minute, start } from '../support/ledger-rows'

const now = new Date(start + 600 * minute)
const budgetId = newId()

let admin: TestAdmin
let ledger: FilledLedger
beforeAll(async () => {
  admin = await startAdmin()
  ledger = await fillLedger(admin)
  await fold(ledger.rows.slice(0, 100).map(charged))
  await summariseUsage(admin.gateway)
})
afterAll(() => admin?.stop())

function charged(row: LedgerRow): LedgerRow {
  const day = row.ts.slice(0, 10)
  const charge = {
    budget_id: budgetId,
    window_start: `${day}T00:00:00Z`,
    window_end: new Date(Date.parse(day) + 24 * 60 * minute).toISOString(),
    nanos: Number(row.cost_nanos),
    leased: 0,
  }
  return { ...row, id: newId(), charges: [charge] }
}

const fold = (rows: LedgerRow[]) =>
  foldRequests(
    admin.gateway,
    rows.map((row) => JSON.stringify(row)),
  )
const audit = () => auditLedger(admin.gateway, now)

const records = ['rollups', 'summaries', 'budget_windows', 'requests']

/** Spoils something, and audits before and after it is put right again. */
async function auditSpoilt(spoil: string) {
  const { sql } = admin.gateway
  for (const table of records) await sql`create table ${sql(`saved_${table}`)} as select * from ${sql(table)}`
  await sql.unsafe(spoil)
  const found = await audit()
  const kept = await listDrifts(admin.gateway)
  for (const table of records) {
    await sql`delete from ${sql(table)}`
    await sql`insert into ${sql(table)} select * from ${sql(`saved_${table}`)}`
    await sql`drop table ${sql(`saved_${table}`)}`
  }
  expect((await audit()).drifts).toEqual([])
  expect(await listDrifts(admin.gateway)).toEqual([])
  expect(kept).toHaveLength(found.drifts.length)
  return found
}

const bucket = `(select min(bucket) from rollups)`

describe('the self-audit', () => {
  it('finds nothing where nothing is wrong, in a day and in everything', async () => {
    const { windows, ...day } = await audit()
    expect(day).toMatchObject({ whole: false, drifts: [] })
    expect(windows).toBeGreaterThan(24)
    expect(await auditLedger(admin.gateway, now, { whole: true })).toMatchObject({ whole: true, drifts: [] })
    expect(describeAudit(await audit())).toEqual([expect.stringMatching(/^The ledger adds up: \d+ windows/)])
  })

  it.each(['requests', 'errors', 'refused', 'input_tokens', 'cost_nanos'])(
    'names the quarter of an hour whose rollups have other %s',
    async (column) => {
      const [first] = await admin.gateway.sql`select to_json(min(bucket)) #>> '{}' as at from rollups`
      const found = await auditSpoilt(`
        update rollups set ${column} = ${column} + 7 where ctid = (select min(ctid) from rollups where bucket = ${bucket})`)
      expect(found.drifts).toContainEqual(expect.objectContaining({ record: 'rollups', from: first?.at }))
      const [drift] = found.drifts.filter(({ record }) => record === 'rollups')
      expect(Number(drift?.found[column]) - Number(drift?.expected[column])).toBe(7)
    },
  )

  it('sees calls that are counted for the wrong key, although all sums are right', async () => {
    const [one, other] = ledger.keys.map(({ id }) => id)
    const found = await auditSpoilt(
      `update rollups set key_id = '${other}' where bucket = ${bucket} and key_id = '${one}'`,
    )
    const [drift] = found.drifts
    expect(found.drifts).toHaveLength(1)
    expect(drift?.found).toEqual(drift?.expected)
    expect(describeAudit(found).join('\n')).toContain('other dimensions than the rows have')
  })

  it('sees rows that are gone', async () => {
    const row = ledger.rows[5] as LedgerRow
    const found = await auditSpoilt(`delete from requests where id = '${row.id}'`)
    expect(found.drifts).toMatchObject([{ record: 'rollups' }])
  })

  it('sees summaries that are not what their rollups are', async () => {
    const found = await auditSpoilt(`
      update summaries set cost_nanos = cost_nanos + 1 where ctid = (
        select min(ctid) from summaries where level = 'day' and view = 'apps' and start = '2026-03-01T00:00:00Z')`)
    expect(found.drifts).toMatchObject([
      { record: 'summaries', subject: 'day apps', from: '2026-03-01T00:00:00+00:00' },
    ])
  })

  it('sees a budget that posted more or less than its calls were charged, and names it', async () => {
    const found = await auditSpoilt(`
      update budget_windows set posted_nanos = posted_nanos + 5
      where budget_id = '${budgetId}' and window_start = '2026-03-01T00:00:00Z'`)
    expect(found.drifts).toMatchObject([
      { record: 'budget', subject: budgetId, from: expect.stringContaining('2026-03-01') },
    ])
    expect(describeAudit(found)[0]).toContain('1 differences')
    expect(describeAudit(found)[1]).toContain(`budget (${budgetId}): cost_nanos $`)
  })

  it('finds nothing while calls are being written', async () => {
    let done = false
    const writing = (async () => {
      for (let round = 0; round < 100; round++) {
        await fold(ledger.rows.slice(0, 50).map(charged))
      }
      done = true
    })()
    const found: unknown[] = []
    let audits = 0
    while (!done) {
      found.push(...(await audit()).drifts)
      audits++
    }
    await writing
    expect(audits).toBeGreaterThan(1)
    expect(found).toEqual([])
  })

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('cut'))
    await expect(auditLedger(admin.gateway, now, { signal })).rejects.toThrow('cut')
  })
})
