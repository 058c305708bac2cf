/**
 * One limit of 60 requests a minute over three processes that ask ten times a second in all, for 15 seconds; for longer
 * with RATE_SECONDS=180, which then sees every kind of minute.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TakenCall } from '@/test/support/rate-process'
import { hasRedis, startRedis } from '@/test/support/redis'

const seconds = Number(process.env.RATE_SECONDS ?? 15)
const minuteMs = 60_000
const processes = 3
const limit = 60
const downSeconds = 2
const root = fileURLToPath(new URL('../..', import.meta.url))
let program: string

beforeAll(async () => {
  // Beside node_modules, where Node looks for packages.
  const folder = await mkdtemp(join(root, 'node_modules/.rate-process-'))
  program = join(folder, 'rate-process.mjs')
  await build({
    entryPoints: [join(root, 'test/support/rate-process.ts')],
    outfile: program,
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
})
afterAll(() => rm(dirname(program), { recursive: true, force: true }))

class Measurement {
  readonly calls: TakenCall[] = []
  private readonly children: ChildProcess[]

  constructor(url: string) {
    this.children = Array.from({ length: processes }, (_, rank) => {
      const args = [url, String(processes), String(rank), String(processes * 100)]
      const child = fork(program, args, { silent: true, env: { ...process.env, LOG_LEVEL: 'warn' } })
      child.on('message', (call: TakenCall) => this.calls.push(call))
      return child
    })
  }

  async end(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        const exit = once(child, 'exit')
        child.disconnect()
        await exit
      }),
    )
    console.log(this.report())
  }

  get admitted(): TakenCall[] {
    return this.calls.filter(({ ok }) => ok).sort((a, b) => a.sentAt - b.sentAt)
  }

  /** The most calls that were, beyond doubt, let in within one minute. */
  get mostInAMinute(): number {
    const { admitted } = this
    return Math.max(
      0,
      ...admitted.map(
        (first, index) =>
          admitted.slice(index).filter(({ answeredAt }) => answeredAt <= first.sentAt + minuteMs).length,
      ),
    )
  }

  /** For whoever runs this by hand. */
  report(): string {
    const longest = this.longestTakeMs.toFixed(1)
    return `${this.calls.length} calls, ${this.admitted.length} let in, ${this.mostInAMinute} at most in a minute, longest take ${longest} ms`
  }

  get longestTakeMs(): number {
    return Math.max(...this.calls.map(({ sentAt, answeredAt }) => answeredAt - sentAt))
  }
}

describe.skipIf(!hasRedis).concurrent('60 requests a minute over three processes', () => {
  const timeout = (seconds + 30) * 1000

  it('are never exceeded in any minute, and used up', { timeout }, async () => {
    const redis = await startRedis()
    const measured = new Measurement(redis.url)
    await sleep(seconds * 1000)
    await measured.end()
    await redis.stop()
    expect(measured.calls.length).toBeGreaterThan(seconds * 6)
    expect(measured.mostInAMinute).toBe(limit)
    expect(measured.calls.some(({ degraded }) => degraded)).toBe(false)
  })

  // While they are being used up: the hardest moment, as each process knows only what Redis told it last.
  const kills: [number, string][] = [
    [2, 'comes back empty'],
    [4, 'comes back empty'],
    [seconds / 2, 'stays away'],
  ]
  it.each(kills)(
    'are never exceeded when Redis is killed after %d s and %s',
    { timeout },
    async (at, then) => {
      const redis = await startRedis()
      const measured = new Measurement(redis.url)
      await sleep(at * 1000)
      await redis.signal('SIGKILL')
      await sleep(downSeconds * 1000)
      const again = then === 'stays away' ? null : await startRedis([], redis.port)
      await sleep((seconds - at - downSeconds) * 1000)
      await measured.end()
      await again?.stop()
      expect(measured.mostInAMinute).toBeLessThanOrEqual(limit)
      expect(measured.mostInAMinute).toBeGreaterThan(limit * 0.6)
      expect(measured.calls.some(({ degraded }) => degraded)).toBe(true)
      expect(measured.calls.at(-1)?.degraded).toBe(again === null)
      expect(measured.longestTakeMs).toBeLessThan(150)
    },
  )

  it('are shared evenly where there is no Redis', { timeout }, async () => {
    const measured = new Measurement('')
    await sleep(seconds * 1000)
    await measured.end()
    expect(measured.mostInAMinute).toBe(limit)
  })
})
