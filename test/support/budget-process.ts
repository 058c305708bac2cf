/**
 * One gateway process of the budget tests: a budget book and a ledger writer on the database it is told. Started with
 * `fork`; each message is a burst of calls, and each is answered.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { leaseStore } from '@/lib/data/budgets'
import { connect } from '@/lib/data/database'
import { foldRequests } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import { LedgerWriter } from '@/lib/ledger/writer'
import { BudgetBook, type Held } from '@/lib/limits/budget-book'
import type { Budget } from '@/lib/registry/bounds'
import { charged } from './budget-rows'

export type Start = { url: string; processId: string; idleMs: number }
export type Burst = {
  kind: 'burst'
  calls: number
  budgets: Budget[]
  timeZone: string
  holdNanos: number
  /** Calls cost from this up to what they hold. */
  costNanos: number
  /** Calls begin within `spreadMs` and take up to `callMs`. */
  spreadMs: number
  callMs: number
}
export type Told = Burst | { kind: 'stop' }
export type Answer = { kind: 'ready' | 'stopped' } | { kind: 'done'; succeeded: number; spent: number }

const { url, processId, idleMs }: Start = JSON.parse(process.argv[2] ?? '')
const database = connect(url, { max: 4, name: 'akcp budget test' })
const book = new BudgetBook(leaseStore(database, processId), { idleMs })
const ledger = new LedgerWriter((rows) => foldRequests(database, [rows.slice(1, -1)]))

async function call(burst: Burst): Promise<number | null> {
  await sleep(Math.random() * burst.spreadMs)
  const held = await book.hold(burst.budgets, burst.timeZone, burst.holdNanos, Date.now())
  if ('refused' in held) return null
  await sleep(burst.callMs * (0.2 + 0.8 * Math.random()))
  return end(held, burst)
}

function end(held: Held, { holdNanos, costNanos }: Burst): number {
  const cost = costNanos + Math.floor(Math.random() * (holdNanos - costNanos + 1))
  const charges = book.settle(held, cost)
  ledger.push(JSON.stringify(charged({ id: newId(), processId, charges, costNanos: cost })))
  return cost
}

async function run(burst: Burst): Promise<Answer> {
  const costs = await Promise.all(Array.from({ length: burst.calls }, () => call(burst)))
  const paid = costs.filter((cost) => cost !== null)
  return { kind: 'done', succeeded: paid.length, spent: paid.reduce((sum, cost) => sum + cost, 0) }
}

function tell(answer: Answer) {
  process.send?.(answer)
}

process.on('message', async (told: Told) => {
  if (told.kind === 'burst') return tell(await run(told))
  await ledger.flush(10_000)
  await book.stop()
  await database.close()
  tell({ kind: 'stopped' })
  process.disconnect()
})
await book.start()
tell({ kind: 'ready' })
