import { expect, it } from 'vitest'
import { checkBudgetModel } from '../../support/budget-world'
import { seed } from '../../support/random'

const runs = 10_000

it(`budgets hold in ${runs} runs of any commands`, { timeout: 300_000 }, async () => {
  console.log(`budget model: CHAOS_SEED=${seed}`)
  await expect(checkBudgetModel({ runs, seed: seed >>> 1 })).resolves.toBeUndefined()
})
