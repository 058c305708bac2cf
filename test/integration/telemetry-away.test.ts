/** What a collector that takes nothing costs a gateway: no call, no memory, one line in the log. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '@/lib/server/free-port'
import { type Receiver, startReceiver } from '../support/otlp-receiver'
import type { Running } from '../support/system'
import { logOf, type TracedGateways, tracedGateways } from '../support/traced-gateway'

describe('a collector that', () => {
  let gateways: TracedGateways
  let receiver: Receiver
  /** Milliseconds of a call at a gateway that sends no traces: its median. */
  let usualMs: number

  beforeAll(async () => {
    gateways = await tracedGateways()
    const running = await gateways.start({})
    usualMs = median(await measure(running, 800))
    await running.stop()
    await running.clean()
  })

  afterAll(() => gateways?.stop())

  beforeEach(async () => {
    receiver = await startReceiver()
    receiver.answer(false)
  })

  afterEach(() => receiver.stop())

  async function measure(running: Running, calls: number): Promise<number[]> {
    const times: number[] = []
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (times.length < calls) {
          const began = performance.now()
          const response = await gateways.call(running)
          await response.arrayBuffer()
          expect(response.status).toBe(200)
          times.push(performance.now() - began)
        }
      }),
    )
    return times.sort((a, b) => a - b)
  }

  const said = (running: Running) => logOf(running).filter(({ message }) => message.includes('collector'))

  it.each([
    ['does not answer', () => receiver.url],
    ['is not there', async () => `http://127.0.0.1:${await freePort()}`],
  ])(
    '%s: calls are as quick as ever, the log has one line, the end is in time',
    async (_, url) => {
      const running = await gateways.start({
        OTEL_EXPORTER_OTLP_ENDPOINT: await url(),
        // Given up after a second instead of ten, so that the test sees several attempts.
        OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      })
      try {
        const times = await measure(running, 800)
        expect(median(times)).toBeLessThan(2 * usualMs + 5)
        expect(times.at(-1)).toBeLessThan(2000)
        await vi.waitUntil(() => said(running).length >= 2, { timeout: 10_000, interval: 100 })
        await sleep(3000)
        const signals = said(running).map(({ signal }) => signal)
        expect(signals.sort()).toEqual(['metrics', 'traces'])
        const stoppedAt = performance.now()
        expect(await running.stop()).toBe(0)
        expect(performance.now() - stoppedAt).toBeLessThan(5000)
      } finally {
        await running.stop()
        await running.clean()
      }
    },
    120_000,
  )

  it('is slow gets what can wait, and memory holds no more', async () => {
    const running = await gateways.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
      OTEL_BSP_EXPORT_TIMEOUT: '60000',
      OTEL_METRICS_EXPORTER: 'none',
    })
    try {
      await measure(running, 1600)
      receiver.answer(true)
      await vi.waitUntil(() => receiver.spans.length >= 2048, 20_000)
      expect(await running.stop()).toBe(0)
      // Of 3200 spans: the queue, and the batch that was on its way.
      expect(receiver.spans.length).toBeLessThanOrEqual(2048 + 512)
      expect(receiver.points()).toEqual([])
      expect(said(running)).toEqual([])
    } finally {
      await running.stop()
      await running.clean()
    }
  }, 120_000)

  it('comes back is said to be back, once', async () => {
    const running = await gateways.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_METRICS_EXPORTER: 'none',
    })
    try {
      await measure(running, 50)
      await vi.waitUntil(() => said(running).length === 1, 10_000)
      receiver.answer(true)
      await vi.waitUntil(
        async () => {
          await measure(running, 5)
          return said(running).length > 1
        },
        { timeout: 30_000, interval: 500 },
      )
      expect(receiver.spans.length).toBeGreaterThan(0)
      expect(said(running).map(({ level }) => level)).toEqual(['warn', 'info'])
    } finally {
      await running.stop()
      await running.clean()
    }
  }, 120_000)
})

function median(sorted: number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
