import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compile } from '../support/compile.mjs'

/** What a process prints that writes three thousand lines and then ends in this way. */
async function printed(ending: string): Promise<string[]> {
  const outfile = await compile(
    `log-test-${process.pid}`,
    `import { log } from '@/lib/log'
    for (let n = 0; n < 3000; n++) log.info({ n }, 'a line')
    ${ending}`,
  )
  try {
    const { stdout } = spawnSync(process.execPath, [outfile], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    })
    return stdout.trimEnd().split('\n')
  } finally {
    rmSync(outfile)
  }
}

test.each([
  ['by itself', ''],
  ['with process.exit', 'process.exit(0)'],
  ['with an error that nobody catches', 'throw new Error("unexpected")'],
  ['after a while', 'setTimeout(() => log.info({ n: 3000 }, "the last"), 150)'],
])('a process that ends %s has written all of its lines, in order', async (_, ending) => {
  const lines = await printed(ending)
  const numbers = lines.map((line) => JSON.parse(line).n)
  expect(numbers).toEqual(Array.from({ length: ending.includes('3000') ? 3001 : 3000 }, (_, n) => n))
})
