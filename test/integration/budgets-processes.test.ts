/** Several processes, one Postgres: nobody spends more than was decided, and everything that was decided can be spent. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { budgets } from '@/drizzle/schema'
import { lostLeases } from '@/lib/data/budgets'
import { connect, type Database } from '@/lib/data/database'
import type { Budget } from '@/lib/registry/bounds'
import { type BudgetProcess, budgetProgram } from '../support/budget-processes'
import { cent, dollar, insertBudget } from '../support/budget-rows'
import { type FreshDatabase, freshDatabase } from '../support/database'

const rounds = 20
const idleMs = 500
let fresh: FreshDatabase
let database: Database
let program: Awaited<ReturnType<typeof budgetProgram>>
const processes: BudgetProcess[] = []
beforeAll(async () => {
  fresh = await freshDatabase()
  database = connect(fresh.gatewayUrl, { max: 2, name: 'akcp budgets test' })
  program = await budgetProgram(fresh.gatewayUrl, idleMs)
  for (let count = 0; count < 4; count++) processes.push(await program.start())
})
afterAll(async () => {
  await program?.clean()
  await database?.close()
  await fresh?.drop()
})

const calls = { timeZone: 'UTC', holdNanos: cent, costNanos: cent, spreadMs: 0, callMs: 50 }

async function burst(running: BudgetProcess[], all: number, values: Partial<typeof calls>, list: Budget[]) {
  const each = { ...calls, ...values, budgets: list, calls: all / running.length }
  const done = await Promise.all(running.map((one) => one.burst(each)))
  return {
    succeeded: done.reduce((sum, { succeeded }) => sum + succeeded, 0),
    spent: done.reduce((sum, { spent }) => sum + spent, 0),
  }
}

async function windowOf({ id }: Budget) {
  const [row] = await database.sql`
    select w.posted_nanos, w.leased_nanos, w.lost_nanos, w.limit_nanos,
      (select coalesce(sum(amount_nanos), 0) from leases s where s.budget_id = w.budget_id) as leases,
      (select coalesce(sum((c->>'nanos')::bigint), 0) from requests, jsonb_array_elements(charges) c
        where c->>'budget_id' = w.budget_id::text) as rows
    from budget_windows w where budget_id = ${id}`
  if (!row) throw new Error('the budget has no window')
  return {
    posted: Number(row.posted_nanos),
    leased: Number(row.leased_nanos),
    lost: Number(row.lost_nanos),
    limit: Number(row.limit_nanos),
    leases: Number(row.leases),
    rows: Number(row.rows),
  }
}

/** Everything written and given back: what was spent is what the rows and the window say. */
async function settled(budget: Budget, spent: number) {
  const expected = { posted: spent, rows: spent, leased: 0, leases: 0, lost: 0 }
  await expect.poll(() => windowOf(budget), { timeout: 20_000, interval: 50 }).toMatchObject(expected)
}

describe('500 calls of $0.01 against $1.00', () => {
  test.each([2, 4])(
    'with %i processes: exactly 100 succeed, every time',
    async (count) => {
      const running = processes.slice(0, count)
      for (let round = 0; round < rounds; round++) {
        const budget = await insertBudget(database.db)
        // Every other round begins with leases that are spread over the processes, every third one is spread in time.
        const before = round % 2 ? await burst(running, count, {}, [budget]) : { succeeded: 0 }
        const { succeeded } = await burst(running, 500, { spreadMs: round % 3 === 2 ? 100 : 0 }, [budget])
        expect(succeeded + before.succeeded).toBe(100)
        await settled(budget, dollar)
      }
    },
    120_000,
  )

  test('on four budgets at once, the tightest counts', async () => {
    const all: Budget[] = []
    for (let round = 0; round < rounds; round++) {
      const limits = [1, 1.3, 5, 1000].map((limit) => limit * dollar)
      const list = await Promise.all(limits.map((limitNanos) => insertBudget(database.db, { limitNanos })))
      const { succeeded } = await burst(processes, 500, {}, list)
      expect(succeeded).toBe(100)
      all.push(...list)
    }
    for (const budget of all) await settled(budget, dollar)
  }, 120_000)
})

test('calls that cost less than they hold never exceed the limit, and use it up', async () => {
  for (let round = 0; round < 5; round++) {
    const budget = await insertBudget(database.db)
    const { spent } = await burst(processes, 1200, { costNanos: cent / 10, spreadMs: 1500 }, [budget])
    expect(spent).toBeLessThanOrEqual(dollar)
    expect(spent).toBeGreaterThan(dollar - 4 * cent)
    await settled(budget, spent)
  }
}, 60_000)

test('budgets that overlap crosswise do not block one another', async () => {
  const make = () => insertBudget(database.db, { limitNanos: dollar })
  const [a, b, c] = [await make(), await make(), await make()]
  const sets = [
    [a, b],
    [b, c],
    [c, a],
    [b, a],
  ]
  const done = await Promise.all(
    processes.map((running, place) => {
      return running.burst({ ...calls, costNanos: cent / 2, calls: 150, budgets: sets[place] ?? [] })
    }),
  )
  const spent = (budget: Budget) =>
    done.reduce((sum, each, place) => sum + (sets[place]?.includes(budget) ? each.spent : 0), 0)
  for (const budget of [a, b, c]) {
    expect(spent(budget)).toBeLessThanOrEqual(dollar)
    await settled(budget, spent(budget))
  }
})

test('a limit that is edited under load holds from then on', async () => {
  const budget = await insertBudget(database.db, { limitNanos: dollar })
  const change = (limitNanos: number) =>
    database.db
      .update(budgets)
      .set({ limitNanos: BigInt(limitNanos) })
      .where(eq(budgets.id, budget.id))
  const [one, two] = [processes.slice(0, 2), processes.slice(2)]
  const load = { spreadMs: 1500, costNanos: cent / 2 }
  const edits = (async () => {
    for (const limit of [0.4, 2, 0.2, 3, 1.5]) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      await change(limit * dollar)
    }
  })()
  const raised = { ...budget, limitNanos: 1.5 * dollar }
  const [first, second] = await Promise.all([
    burst(one, 600, load, [budget]),
    burst(two, 600, load, [raised]),
    edits,
  ])
  // The highest limit that was ever in force bounds what was spent; the one in force bounds what comes.
  const spent = first.spent + second.spent
  expect(spent).toBeLessThanOrEqual(3 * dollar)
  await settled(budget, spent)
  const more = await burst(processes, 1200, {}, [raised])
  expect(more.succeeded).toBe(Math.max(0, Math.floor((1.5 * dollar - spent) / cent)))
  await change(dollar / 10)
  expect(await burst(processes, 40, {}, [{ ...budget, limitNanos: dollar / 10 }])).toMatchObject({ spent: 0 })
}, 60_000)

test('statements never wait for one another in a circle', async () => {
  const [row] = await database.sql`
    select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`
  expect(row).toEqual({ deadlocks: 0 })
})

describe('a process that disappears half-way', () => {
  test('killed: what it had counts as used until it is declared lost, and nobody overspends', async () => {
    for (let round = 0; round < 5; round++) {
      const budget = await insertBudget(database.db)
      const [doomed, survivor] = [await program.start(), processes[0]]
      if (!survivor) throw new Error('no process')
      const load = { ...calls, budgets: [budget], callMs: 200, spreadMs: 100 }
      const killed = doomed.burst({ ...load, calls: 60 }).catch(() => null)
      setTimeout(() => doomed.child.kill('SIGKILL'), 60 + 20 * round)
      const [done] = await Promise.all([survivor.burst({ ...load, calls: 250 }), killed])
      const before = await windowOf(budget)
      expect(before.posted + before.leased).toBeLessThanOrEqual(dollar)
      await lostLeases(database, doomed.processId)
      const more = await survivor.burst({ ...load, calls: 250 })
      await expect.poll(() => windowOf(budget), { timeout: 10_000 }).toMatchObject({ leased: 0, leases: 0 })
      const { posted, lost, rows } = await windowOf(budget)
      expect(posted).toBe(rows)
      expect(posted + lost).toBe(dollar)
      expect(done.spent + more.spent).toBeLessThanOrEqual(posted)
    }
  }, 60_000)

  test('stopped: the others spend the rest, and it goes on with what is its own', async () => {
    const budget = await insertBudget(database.db)
    const [frozen, ...others] = processes
    if (!frozen) throw new Error('no process')
    const load = { ...calls, budgets: [budget], callMs: 400, spreadMs: 100 }
    const thawed = frozen.burst({ ...load, calls: 60 })
    await new Promise((resolve) => setTimeout(resolve, 70))
    frozen.child.kill('SIGSTOP')
    let meanwhile: { spent: number }
    try {
      meanwhile = await burst(others, 300, { callMs: 30 }, [budget])
      const { posted, leased } = await windowOf(budget)
      expect(posted + leased).toBeLessThanOrEqual(dollar)
    } finally {
      frozen.child.kill('SIGCONT')
    }
    const own = await thawed
    const rest = await burst(processes, 400, {}, [budget])
    const spent = meanwhile.spent + own.spent + rest.spent
    expect(spent).toBe(dollar)
    await settled(budget, spent)
  }, 60_000)

  test('that ends in order gives everything back', async () => {
    const budget = await insertBudget(database.db)
    const short = await program.start()
    const { spent } = await short.burst({ ...calls, budgets: [budget], calls: 30, costNanos: 1 })
    await short.stop()
    expect(await windowOf(budget)).toMatchObject({ posted: spent, leased: 0, leases: 0, lost: 0 })
  })
})
