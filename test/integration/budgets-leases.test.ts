import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { budgets } from '@/drizzle/schema'
import { leaseStore, lostLeases, releaseLeases, releaseLost } from '@/lib/data/budgets'
import { connect, type Database } from '@/lib/data/database'
import { type Charge, foldRequests } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import { BudgetBook, type Held } from '@/lib/limits/budget-book'
import type { Budget } from '@/lib/registry/bounds'
import { cent, charged, dollar, insertBudget } from '../support/budget-rows'
import { type FreshDatabase, freshDatabase } from '../support/database'

let fresh: FreshDatabase
let database: Database
const books: BudgetBook[] = []
beforeAll(async () => {
  fresh = await freshDatabase()
  database = connect(fresh.gatewayUrl, { max: 6, name: 'akcp budgets test' })
})
afterAll(async () => {
  for (const book of books) await book.stop()
  await database.close()
  await fresh.drop()
})

async function startBook(options: ConstructorParameters<typeof BudgetBook>[1] = {}) {
  const processId = newId()
  const book = new BudgetBook(leaseStore(database, processId), options)
  books.push(book)
  await book.start()
  return {
    processId,
    book,
    hold: async (all: Budget[], nanos: number, now = Date.now(), timeZone = 'UTC') =>
      await book.hold(all, timeZone, nanos, now),
    post: (charges: Charge[], costNanos = charges[0]?.nanos ?? 0) => post(processId, charges, costNanos),
  }
}

async function post(processId: string, charges: Charge[], costNanos: number) {
  const row = JSON.stringify(charged({ id: newId(), processId, charges, costNanos }))
  await foldRequests(database, [row])
  return row
}

async function windowsOf({ id }: Budget) {
  const rows = await database.sql`
    select window_start, window_end, limit_nanos, posted_nanos, leased_nanos, lost_nanos from budget_windows
    where budget_id = ${id} order by window_start`
  return rows.map((row) => ({
    start: new Date(row.window_start).toISOString(),
    end: new Date(row.window_end).toISOString(),
    limit: Number(row.limit_nanos),
    posted: Number(row.posted_nanos),
    leased: Number(row.leased_nanos),
    lost: Number(row.lost_nanos),
  }))
}
const onlyWindow = async (budget: Budget) => {
  const windows = await windowsOf(budget)
  expect(windows).toHaveLength(1)
  return windows[0]
}

function held(outcome: Awaited<ReturnType<BudgetBook['hold']>>): Held {
  if ('refused' in outcome) throw new Error(`refused with ${outcome.leftNanos} left`)
  return outcome
}

describe('a hold', () => {
  test('becomes a charge, a posting and a smaller lease, and what is left goes back', async () => {
    const budget = await insertBudget(database.db)
    const { book, hold, post } = await startBook()
    const first = held(await hold([budget], 10 * cent))
    expect(await onlyWindow(budget)).toMatchObject({ limit: dollar, posted: 0, lost: 0 })
    const charges = book.settle(first, 3 * cent)
    expect(charges).toMatchObject([{ budget_id: budget.id, nanos: 3 * cent, leased: 3 * cent }])
    await post(charges)
    expect(await onlyWindow(budget)).toMatchObject({ posted: 3 * cent })
    await book.stop()
    expect(await onlyWindow(budget)).toMatchObject({ posted: 3 * cent, leased: 0, lost: 0 })
  })

  test('is all or nothing over several budgets, and names the one that is short', async () => {
    const wide = await insertBudget(database.db, { limitNanos: 10 * dollar })
    const narrow = await insertBudget(database.db, { limitNanos: 5 * cent, period: 'month' })
    const { book, hold } = await startBook()
    const refused = await hold([wide, narrow], 6 * cent)
    expect(refused).toMatchObject({ refused: { id: narrow.id }, leftNanos: 5 * cent })
    expect(await onlyWindow(wide)).toMatchObject({ leased: 0 })
    held(await hold([wide, narrow], 5 * cent))
    expect(await hold([wide, narrow], 1)).toMatchObject({ refused: { id: narrow.id }, leftNanos: 0 })
    expect(book.affordable([wide, narrow], 'UTC', Date.now())).toBe(0)
  })

  test('of nothing passes an exhausted budget: free models stay free', async () => {
    const budget = await insertBudget(database.db, { limitNanos: 0 })
    const { book, hold } = await startBook()
    expect(book.settle(held(await hold([budget], 0)), 0)).toEqual([])
    expect(await hold([budget], 1)).toMatchObject({ refused: { id: budget.id } })
  })

  test('of one process reaches what another has leased and does not use', async () => {
    const budget = await insertBudget(database.db)
    const [one, two] = [await startBook(), await startBook()]
    one.book.release(held(await one.hold([budget], 90 * cent)))
    expect(await onlyWindow(budget)).toMatchObject({ leased: 90 * cent })
    const started = Date.now()
    held(await two.hold([budget], 50 * cent))
    expect(Date.now() - started).toBeLessThan(700)
  })

  test('is refused at once when what others have leased is in use', async () => {
    const budget = await insertBudget(database.db)
    const [one, two] = [await startBook(), await startBook()]
    held(await one.hold([budget], 90 * cent))
    const started = Date.now()
    expect(await two.hold([budget], 50 * cent)).toMatchObject({ leftNanos: 10 * cent })
    expect(Date.now() - started).toBeLessThan(700)
    held(await two.hold([budget], 10 * cent))
  })

  test('waits less than a second for a process that does not answer', async () => {
    const budget = await insertBudget(database.db)
    const dead = leaseStore(database, newId())
    const { hold } = await startBook()
    const key = { budgetId: budget.id, start: `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z` }
    await dead.open([{ ...key, end: new Date(Date.parse(key.start) + 86_400_000).toISOString() }])
    await dead.grant([{ ...key, need: 60 * cent, demand: 60 * cent, prefetch: 0, asked: 0 }])
    const started = Date.now()
    expect(await hold([budget], 50 * cent)).toMatchObject({ leftNanos: 40 * cent })
    const waited = Date.now() - started
    expect(waited).toBeGreaterThan(700)
    expect(waited).toBeLessThan(1500)
  })

  test('without LISTEN still reaches what another process does not use', async () => {
    const budget = await insertBudget(database.db)
    const deaf = async () => {
      const book = new BudgetBook({
        ...leaseStore(database, newId()),
        listen: () => Promise.reject(new Error('not through this pooler')),
      })
      books.push(book)
      await book.start()
      return book
    }
    const [one, two] = [await deaf(), await deaf()]
    one.release(held(await one.hold([budget], 'UTC', 90 * cent, Date.now())))
    held(await two.hold([budget], 'UTC', 50 * cent, Date.now()))
  })
})

describe('leases', () => {
  test('go back after the idle time', async () => {
    const budget = await insertBudget(database.db)
    const { book, hold } = await startBook({ idleMs: 300 })
    book.release(held(await hold([budget], 10 * cent)))
    expect((await onlyWindow(budget))?.leased).toBeGreaterThan(0)
    await expect.poll(async () => (await onlyWindow(budget))?.leased, { timeout: 5000 }).toBe(0)
  })

  test('go back at once where processes sleep between calls', async () => {
    const budget = await insertBudget(database.db)
    const { book, hold } = await startBook({ keepLeases: false })
    const one = held(await hold([budget], 10 * cent))
    expect(await onlyWindow(budget)).toMatchObject({ leased: 10 * cent })
    book.settle(one, 4 * cent)
    await book.returned()
    expect(await onlyWindow(budget)).toMatchObject({ leased: 4 * cent })
  })

  test('of a process that ended are released once, and a late posting of it takes nothing twice', async () => {
    const budget = await insertBudget(database.db)
    const { processId, book, hold } = await startBook()
    const charges = book.settle(held(await hold([budget], 10 * cent)), 10 * cent)
    await releaseLeases(database, processId)
    await releaseLeases(database, processId)
    expect(await onlyWindow(budget)).toMatchObject({ leased: 0, posted: 0 })
    await post(processId, charges, 10 * cent)
    expect(await onlyWindow(budget)).toMatchObject({ leased: 0, posted: 10 * cent, lost: 0 })
  })

  test('that were released behind the back of a living process are no longer its own', async () => {
    const budget = await insertBudget(database.db)
    const [one, two] = [await startBook(), await startBook()]
    one.book.release(held(await one.hold([budget], dollar)))
    await releaseLeases(database, one.processId)
    held(await two.hold([budget], dollar))
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(await one.hold([budget], cent)).toMatchObject({ refused: { id: budget.id } })
  })

  test('without a trace of their calls are lost, keep counting, and can be made available again', async () => {
    const budget = await insertBudget(database.db)
    const { processId, hold } = await startBook()
    held(await hold([budget], 60 * cent))
    await lostLeases(database, processId)
    expect(await onlyWindow(budget)).toMatchObject({ leased: 0, lost: 60 * cent })
    const other = await startBook()
    expect(await other.hold([budget], 50 * cent)).toMatchObject({ leftNanos: 40 * cent })
    const start = (await onlyWindow(budget))?.start ?? ''
    expect(await releaseLost(database.db, { budgetId: budget.id, start })).toBe(BigInt(60 * cent))
    expect(await releaseLost(database.db, { budgetId: budget.id, start })).toBe(0n)
    expect(await onlyWindow(budget)).toMatchObject({ leased: 0, lost: 0 })
    await new Promise((resolve) => setTimeout(resolve, 150))
    held(await other.hold([budget], 50 * cent))
  })
})

describe('the ledger', () => {
  test('posts a row once, however often it is sent', async () => {
    const budget = await insertBudget(database.db)
    const { book, hold, post } = await startBook()
    const row = await post(book.settle(held(await hold([budget], 10 * cent)), 4 * cent))
    const before = await onlyWindow(budget)
    expect(await foldRequests(database, [row, row])).toBe(0)
    expect(await onlyWindow(budget)).toEqual(before)
  })

  test('posts to soft budgets, makes their window, and leases nothing', async () => {
    const budget = await insertBudget(database.db, { hard: false, limitNanos: cent })
    const { book, hold, post } = await startBook()
    for (let call = 0; call < 3; call++) {
      const outcome = book.hold([budget], 'UTC', 0, Date.now())
      expect(outcome).not.toBeInstanceOf(Promise)
      await post(book.settle(held(await hold([budget], 0)), cent))
    }
    expect(await onlyWindow(budget)).toMatchObject({ limit: cent, posted: 3 * cent, leased: 0 })
  })

  test('takes what a call cost beyond its hold, says so, and grants no more than is left', async () => {
    const budget = await insertBudget(database.db, { limitNanos: 10 * cent })
    const { book, hold, post } = await startBook()
    await post(book.settle(held(await hold([budget], 8 * cent)), 13 * cent))
    expect(book.overruns).toBe(1)
    expect(await onlyWindow(budget)).toMatchObject({ posted: 13 * cent })
    expect(await hold([budget], 1)).toMatchObject({ refused: { id: budget.id }, leftNanos: 0 })
  })

  test('posts to the window of the hold, however late the call ends', async () => {
    const budget = await insertBudget(database.db)
    const { book, hold, post } = await startBook()
    const before = Date.parse('2026-11-20T23:59:59.900Z')
    const early = held(await hold([budget], 10 * cent, before))
    const late = held(await hold([budget], 20 * cent, before + 200))
    await post(book.settle(late, 20 * cent))
    await post(book.settle(early, 10 * cent))
    expect((await windowsOf(budget)).map(({ start, posted }) => [start, posted])).toEqual([
      ['2026-11-20T00:00:00.000Z', 10 * cent],
      ['2026-11-21T00:00:00.000Z', 20 * cent],
    ])
  })
})

describe('windows', () => {
  test.each([
    ['UTC', '2026-11-20T23:59:59.999Z', '2026-11-21T00:00:00.000Z', 24],
    ['Asia/Shanghai', '2026-11-20T15:59:59.999Z', '2026-11-20T16:00:00.000Z', 24],
    ['Asia/Kathmandu', '2026-11-20T18:14:59.999Z', '2026-11-20T18:15:00.000Z', 24],
    ['America/New_York', '2026-03-09T03:59:59.999Z', '2026-03-09T04:00:00.000Z', 23],
    ['America/New_York', '2026-11-02T04:59:59.999Z', '2026-11-02T05:00:00.000Z', 25],
  ])('of %s: holds and settles of the last and the first instant', async (timeZone, last, first, hours) => {
    const day = await insertBudget(database.db)
    const month = await insertBudget(database.db, { period: 'month' })
    const { book, hold, post } = await startBook()
    const old = held(await hold([day, month], 60 * cent, Date.parse(last), timeZone))
    const young = held(await hold([day], 60 * cent, Date.parse(first), timeZone))
    await post(book.settle(young, 50 * cent))
    await post(book.settle(old, 60 * cent))
    const windows = await windowsOf(day)
    expect(windows.map(({ posted }) => posted)).toEqual([60 * cent, 50 * cent])
    expect(windows[0]?.end).toBe(first)
    expect(windows[1]?.start).toBe(first)
    const length = Date.parse(windows[0]?.end ?? '') - Date.parse(windows[0]?.start ?? '')
    expect(length).toBe(hours * 3_600_000)
    expect(await onlyWindow(month)).toMatchObject({ posted: 60 * cent })
  })
})

describe('a changed limit', () => {
  const change = async (budget: Budget, limitNanos: number): Promise<Budget> => {
    await database.db
      .update(budgets)
      .set({ limitNanos: BigInt(limitNanos) })
      .where(eq(budgets.id, budget.id))
    return { ...budget, limitNanos }
  }

  test('makes room at once when raised, and keeps what was spent', async () => {
    const budget = await insertBudget(database.db, { limitNanos: 10 * cent })
    const { book, hold, post } = await startBook()
    await post(book.settle(held(await hold([budget], 10 * cent)), 10 * cent))
    expect(await hold([budget], cent)).toMatchObject({ refused: { id: budget.id } })
    const raised = await change(budget, 15 * cent)
    held(await hold([raised], 5 * cent))
    expect(await hold([raised], 1)).toMatchObject({ leftNanos: 0 })
    expect(await onlyWindow(budget)).toMatchObject({ limit: 15 * cent, posted: 10 * cent })
  })

  test('holds at once when lowered, whatever is leased already', async () => {
    const budget = await insertBudget(database.db)
    const { book, hold } = await startBook()
    book.release(held(await hold([budget], dollar)))
    const lowered = await change(budget, 5 * cent)
    expect(await hold([lowered], 6 * cent)).toMatchObject({ leftNanos: 5 * cent })
    held(await hold([lowered], 5 * cent))
  })

  test('recalls leases within a second when lowered, also without a call', async () => {
    const budget = await insertBudget(database.db)
    const { book, hold } = await startBook()
    book.release(held(await hold([budget], dollar)))
    await change(budget, 5 * cent)
    await expect.poll(async () => (await onlyWindow(budget))?.leased, { timeout: 3000 }).toBe(0)
  })
})

describe('what was spent', () => {
  const ladder = [0.5, 1].map((at) => ({
    at,
    action: 'stop' as const,
    rpm: null,
    models: { exact: new Set<string>(), prefixes: [], empty: true },
  }))

  test('reaches rungs at once in its own process and within a second in others', async () => {
    const budget = await insertBudget(database.db, { hard: false, ladder })
    const [one, two] = [await startBook(), await startBook()]
    const reached = ({ book }: typeof one) =>
      book.rungs([budget], 'UTC', Date.now()).map(({ rung }) => rung.at)
    const charges = one.book.settle(held(await one.hold([budget], 0)), 60 * cent)
    expect(reached(one)).toEqual([0.5])
    expect(one.book.left([budget], 'UTC', Date.now())).toMatchObject({ leftNanos: 40 * cent })
    const { scope, scopeId: id, period } = budget
    const amounts = { limitNanos: 100 * cent, leftNanos: 40 * cent, heldNanos: 0 }
    expect(one.book.inUse()).toEqual([{ scope, id, period, ...amounts }])
    expect(reached(two)).toEqual([])
    await one.post(charges)
    expect(reached(one)).toEqual([0.5])
    await expect.poll(() => reached(two), { timeout: 3000 }).toEqual([0.5])
    await two.post(two.book.settle(held(await two.hold([budget], 0)), 40 * cent))
    expect(reached(two)).toEqual([0.5, 1])
    await expect.poll(() => reached(one), { timeout: 3000 }).toEqual([0.5, 1])
  })

  test('is known to a process that has just started', async () => {
    const budget = await insertBudget(database.db, { hard: false, ladder })
    const one = await startBook()
    await one.post(one.book.settle(held(await one.hold([budget], 0)), dollar))
    const { book } = await startBook()
    expect(book.rungs([budget], 'UTC', Date.now())).toEqual([])
    await book.ready([budget], 'UTC', Date.now())
    expect(book.rungs([budget], 'UTC', Date.now())).toHaveLength(2)
    expect(book.ready([budget], 'UTC', Date.now())).toBeNull()
  })
})

test('a database that does not answer refuses with 503 after two seconds, and nothing is lost of what it did', async () => {
  const budget = await insertBudget(database.db)
  const store = leaseStore(database, newId())
  let answers = Promise.resolve()
  let free = () => {}
  const book = new BudgetBook(
    {
      ...store,
      grant: async (requests) => {
        const rows = await store.grant(requests)
        await answers
        return rows
      },
    },
    { idleMs: 500 },
  )
  books.push(book)
  await book.start()
  answers = new Promise((resolve) => {
    free = resolve
  })
  const started = Date.now()
  await expect(book.hold([budget], 'UTC', dollar, Date.now())).rejects.toMatchObject({
    code: 'service_unavailable',
  })
  expect(Date.now() - started).toBeLessThan(4000)
  expect((await onlyWindow(budget))?.leased).toBeLessThanOrEqual(dollar)
  await expect.poll(async () => (await onlyWindow(budget))?.leased, { timeout: 5000 }).toBe(0)
  free()
  held(await book.hold([budget], 'UTC', dollar, Date.now()))
})
