/** One chaos scenario as a test, with a line of figures that `npm run chaos` gathers into a table at its end. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'vitest'
import { randomFrom, seed } from './random'

export type Figures = Record<string, string | number>

/** `row` is the row of the table in README.md. */
export function chaosRow(
  row: string,
  what: string,
  scenario: (random: () => number) => Promise<Figures>,
  timeoutMs = 600_000,
): void {
  it(
    `row ${row}: ${what}`,
    async () => {
      let figures: Figures = {}
      let passed = false
      try {
        figures = await scenario(randomFrom(seed))
        passed = true
      } catch (error) {
        figures.error = String(error).split('\n')[0] ?? ''
        throw error
      } finally {
        const line = JSON.stringify({ row, what, passed, seed, figures })
        console.log(`chaos: ${line}`)
        if (process.env.TEST_FOLDER) appendFileSync(join(process.env.TEST_FOLDER, 'chaos.jsonl'), `${line}\n`)
      }
    },
    timeoutMs,
  )
}

/** The value that `share` of all are at most, in whole numbers below a thousand or with one decimal below ten. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}

export function round(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value)
}
