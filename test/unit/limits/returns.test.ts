import { describe, expect, it } from 'vitest'
import { BudgetBook, type Held } from '@/lib/limits/budget-book'
import { type Fate, ModelClock, ModelDatabase } from '../../support/budget-model'
import { budgetOf } from '../../support/budget-rows'

const budget = budgetOf({ id: 'a', limitNanos: 100 })

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Lets one message of those that fit arrive. */
async function deliver(database: ModelDatabase, process: string, toDatabase: boolean, fate: Fate) {
  await turn()
  const place = database.network.findIndex((one) => one.process === process && one.toDatabase === toDatabase)
  const [message] = database.network.splice(place, 1)
  if (place < 0 || !message) throw new Error(`nothing is on its way for ${process}`)
  message.go(fate)
  await turn()
}

async function flow(database: ModelDatabase) {
  await turn()
  while (database.network.length > 0) {
    database.network.shift()?.go('answered')
    await turn()
  }
}

describe('a return', () => {
  it.each<Fate>(['answered', 'request lost', 'answer lost', 'never answered'])(
    'that is %s is never spent again by who gave it back, and reaches the others',
    async (fate) => {
      const clock = new ModelClock(Date.parse('2026-11-21T12:00:00Z'))
      const database = new ModelDatabase()
      database.limits.set('a', 100)
      const [giver, taker] = ['giver', 'taker'].map(
        (name) => new BudgetBook(database.store(name), { clock }),
      ) as [BudgetBook, BudgetBook]
      await giver.start()
      await taker.start()
      let taken: Held | null = null
      const take = async (book: BudgetBook, nanos: number) => {
        const outcome = await book.hold([budget], 'UTC', nanos, clock.now())
        return 'refused' in outcome ? null : outcome
      }

      const first = take(giver, 60)
      await flow(database)
      giver.release((await first) as Held)
      const second = take(taker, 80).then((held) => (taken = held))
      // Its window is opened, and its grant is short.
      for (let statement = 0; statement < 2; statement++) {
        await deliver(database, 'taker', true, 'answered')
        await deliver(database, 'taker', false, 'answered')
      }
      // The recall arrives, and the answer to it goes its way.
      await deliver(database, 'giver', false, 'answered')
      await deliver(database, 'giver', true, fate)
      if (fate === 'answered' || fate === 'answer lost') await deliver(database, 'giver', false, 'answered')

      const again = take(giver, 60)
      for (const end = clock.now() + 10_000; clock.now() < end; clock.step(250)) await flow(database)
      const held = [taken === null ? 0 : 80, (await again.catch(() => null)) === null ? 0 : 60]
      expect(held[0] === 0 || held[1] === 0).toBe(true)
      await second
      const rest = take(taken === null ? taker : giver, taken === null ? 40 : 20)
      for (const end = clock.now() + 2000; clock.now() < end; clock.step(250)) await flow(database)
      expect(await rest).not.toBeNull()
      const [window] = database.windows.values()
      expect(window?.leased).toBeLessThanOrEqual(100)
    },
  )
})
