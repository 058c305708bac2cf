import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { percentiles } from '@/lib/data/histogram'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { type CallQuestion, readBusiest, readCallPoints } from '@/lib/data/overview'
import { readUsage, type UsageQuestion } from '@/lib/data/usage'
import { newId } from '@/lib/id'
import { summariseUsage } from '@/lib/ledger/summaries'
import { usageDimensions, usageGroups } from '@/lib/schemas/usage-dimensions'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type FilledLedger, fillLedger, minute, start } from '../support/ledger-rows'

const day = 24 * 60 * minute
/** Over both changes of clocks of New York and Berlin in spring, and more than two whole months. */
const days = 75
const patienceMs = 100_000

let admin: TestAdmin
let ledger: FilledLedger
beforeAll(async () => {
  admin = await startAdmin()
  ledger = await fillLedger(admin)
  await fold(ledger.rows.map((row, index) => at(row, start - 5 * day + (index / 400) * days * day)))
})
afterAll(() => admin?.stop())

function at(row: LedgerRow, time: number): LedgerRow {
  return { ...row, id: newId(), ts: new Date(time).toISOString() }
}

const fold = (rows: LedgerRow[]) =>
  foldRequests(
    admin.gateway,
    rows.map((row) => JSON.stringify(row)),
  )

const seals = async (): Promise<Record<string, number>> => {
  const rows = await admin.gateway.sql<{ level: string; count: number }[]>`
    select level, count(*)::int as count from summary_seals group by level`
  return Object.fromEntries(rows.map(({ level, count }) => [level, count]))
}

const questions = fc.sample(
  fc.record({
    from: fc.integer({ min: -6 * day, max: days * day }),
    length: fc.constantFrom(2 * 60 * minute, 26 * 60 * minute, 9 * day, 40 * day, 90 * day),
    aligned: fc.constantFrom(1, 15 * minute, 60 * minute, day),
    groups: fc.subarray(
      usageGroups.filter((group) => group !== 'minute'),
      { maxLength: 3 },
    ),
    filtered: fc.option(fc.constantFrom(...usageDimensions)),
    timeZone: fc.constantFrom('UTC', 'Asia/Shanghai', 'Asia/Kathmandu', 'America/New_York', 'Europe/Berlin'),
    probes: fc.boolean(),
  }),
  { numRuns: 80, seed: 11 },
)

function toQuestion(drawn: (typeof questions)[number]): UsageQuestion {
  const from = Math.floor((start + drawn.from) / drawn.aligned) * drawn.aligned
  const filters = {
    tenant: ['acme', 'bolt'],
    model: ['gpt-4o'],
    app: ['web'],
    key: ['key of one'],
    provider: ['two'],
    error_class: ['auth', 'timeout'],
  }
  const wanted = drawn.filtered && drawn.filtered in filters ? drawn.filtered : null
  return {
    range: { from: new Date(from), to: new Date(from + drawn.length) },
    timeZone: drawn.timeZone,
    groups: drawn.groups,
    filters: wanted ? { [wanted]: filters[wanted as 'tenant'] } : {},
    probes: drawn.probes,
    ownerEmail: null,
  }
}

/** By each dimension, and by any two of them: views keep different ones. */
const pairs = usageDimensions.flatMap((one, index) => [
  [one],
  ...usageDimensions.slice(index + 1).map((other) => [one, other]),
])
const readPairs = () =>
  Promise.all(
    pairs.map((groups) => {
      const range = { from: new Date(start - 4 * day + minute), to: new Date(start + 61 * day + 7 * minute) }
      const question = { timeZone: 'UTC', filters: {}, probes: false, ownerEmail: null }
      return readUsage(admin.portal, { ...question, range, groups }, 100_000)
    }),
  )

const readAll = () =>
  Promise.all(questions.map((drawn) => readUsage(admin.portal, toQuestion(drawn), 100_000)))

async function readOverview() {
  const range = { from: new Date(start - 3 * day), to: new Date(start + 60 * day) }
  const asked = (step: CallQuestion['step'], timeZone: string) => ({
    range,
    step,
    timeZone,
    ownerEmail: null,
  })
  return {
    points: await readCallPoints(admin.portal, asked('day', 'America/New_York')),
    apps: await readBusiest(admin.portal, 'app', asked('hour', 'UTC')),
    models: await readBusiest(admin.portal, 'model', asked('hour', 'Asia/Kathmandu')),
  }
}

describe('histograms', () => {
  it('give the same percentiles as numbers as they do as lists', async () => {
    const counts = fc.dictionary(
      fc.integer({ min: 1, max: 88 }).map(String),
      fc.integer({ min: 1, max: 16_777_215 }),
      { maxKeys: 30 },
    )
    const share = fc.constantFrom(0, 0.25, 0.5, 0.95, 1)
    await fc.assert(
      fc.asyncProperty(counts, share, async (filled, wanted) => {
        const list = Object.entries(filled).map(([bucket, count]) => (Number(bucket) << 24) | count)
        const [row] = await admin.portal.sql<{ number: string; value: number | null }[]>`
          select coalesce(sum(histogram_unit(x >> 24) * (x & 16777215)), 0)::text as number, histogram_percentile(
            array_agg(x >> 24 order by x), array_agg((x & 16777215)::bigint order by x), ${wanted}) as value
          from unnest(${list}::int[]) x`
        expect(percentiles(row?.number ?? '', [wanted])).toEqual([row?.value])
      }),
      { numRuns: 100, seed: 3 },
    )
  })
})

describe('summaries', () => {
  it('change no answer: sums and percentiles of any range, groups, filter and time zone stay', async () => {
    const [usage, byPairs, overview] = [await readAll(), await readPairs(), await readOverview()]
    expect(await summariseUsage(admin.gateway, patienceMs)).toMatchObject({ done: true })
    const { hour = 0, day: sealedDays = 0, week = 0, month = 0 } = await seals()
    expect(hour).toBeGreaterThan(24 * days)
    expect(sealedDays).toBeGreaterThan(days)
    expect(week).toBeGreaterThanOrEqual(10)
    expect(month).toBeGreaterThanOrEqual(2)
    expect(await readAll()).toEqual(usage)
    expect(await readPairs()).toEqual(byPairs)
    expect(await readOverview()).toEqual(overview)
  }, 120_000)

  it('are what is read', async () => {
    const question = toQuestion({
      ...(questions[0] as (typeof questions)[number]),
      from: 0,
      length: 60 * day,
      aligned: day,
      groups: [],
      filtered: null,
      probes: true,
    })
    const [honest] = await readUsage(admin.portal, question, 1)
    const doubled = admin.gateway.sql`update summaries set requests = 2 * requests`
    await doubled
    const [read] = await readUsage(admin.portal, question, 1)
    await admin.gateway.sql`update summaries set requests = requests / 2`
    expect(Number(read?.requests)).toBe(2 * Number(honest?.requests))
  })

  it('give way at once to a row that comes late, and are made again', async () => {
    const question = { ...toQuestion(questions[0] as (typeof questions)[number]), groups: [], filters: {} }
    const range = { from: new Date(start), to: new Date(start + 40 * day) }
    const wide: UsageQuestion = { ...question, range, probes: true }
    const requests = async () => Number((await readUsage(admin.portal, wide, 1))[0]?.requests)
    const before = await requests()
    const late = ledger.rows.find((row) => row.outcome === 'ok') as LedgerRow
    await fold([at(late, start + 10 * day), at(late, start + 10 * day + 1), at(late, start + 33 * day)])
    expect(await requests()).toBe(before + 3)
    const answers = await readAll()
    // Its hour, its day, its week and its month, twice.
    expect(await summariseUsage(admin.gateway, patienceMs)).toEqual({ made: 8, done: true })
    expect(await readAll()).toEqual(answers)
    expect(await requests()).toBe(before + 3)
  })

  it('follow the time zone of the organisation', async () => {
    const answers = await readAll()
    await admin.call('PATCH', '/settings', { time_zone: 'America/New_York' })
    await summariseUsage(admin.gateway, patienceMs)
    const [other] = await admin.gateway.sql`
      select count(*)::int as count from summary_seals
      where level <> 'hour' and start <> date_trunc(level, start, 'America/New_York')`
    expect(other?.count).toBe(0)
    expect((await seals()).day).toBeGreaterThan(days)
    expect(await readAll()).toEqual(answers)
  })

  it('are made once when two processes do it at the same time', async () => {
    await admin.gateway
      .sql`delete from summary_seals where start >= ${new Date(start + 55 * day).toISOString()}::timestamptz`
    const answers = await readAll()
    await Promise.all([summariseUsage(admin.gateway, patienceMs), summariseUsage(admin.gateway, patienceMs)])
    expect(await readAll()).toEqual(answers)
  })

  it('leave out what is too new to be whole', async () => {
    const now = Date.now()
    await fold([at(ledger.rows[0] as LedgerRow, now - 5 * minute)])
    await summariseUsage(admin.gateway, patienceMs)
    const [newest] = await admin.gateway.sql`select to_json(max(finish)) #>> '{}' as at from summary_seals`
    expect(Date.parse(newest?.at)).toBeLessThanOrEqual(now - 30 * minute + 10_000)
  })
})
