import type { Dispatcher } from 'undici'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Reply } from '@/lib/gateway/call'
import { forward } from '@/lib/gateway/forward'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A provider that does what the test says, and a client that keeps what it gets. */
function attempt(firstByteTimeoutMs = 60_000) {
  let handler: Dispatcher.DispatchHandler | undefined
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason: Error) => handler?.onResponseError?.(controller, reason),
    pause() {},
    resume() {},
  } as Dispatcher.DispatchController
  const upstream = {
    dispatch(_: unknown, given: Dispatcher.DispatchHandler) {
      handler = given
      given.onRequestStart?.(controller, null)
      return true
    },
  } as unknown as Dispatcher
  const got: string[] = []
  const reply = {
    write(bytes: Buffer) {
      got.push(bytes.toString())
      return true
    },
    onDrain() {},
  } as unknown as Reply
  const running = forward(
    upstream,
    {
      origin: 'http://provider',
      path: '/v1',
      headers: {},
      body: Buffer.from('{}'),
      firstByteTimeoutMs,
      idleTimeoutMs: 60_000,
      hideUsage: false,
    },
    reply,
    (status) => got.push(`head ${status}`),
  )
  return {
    got,
    running,
    head: (type = 'text/event-stream') =>
      handler?.onResponseStart?.(controller, 200, { 'content-type': type }, 'OK'),
    data: (text: string) => handler?.onResponseData?.(controller, Buffer.from(text)),
    end: () => handler?.onResponseEnd?.(controller, {}),
  }
}

describe('forward', () => {
  it('keeps a silent stream alive with comments, once the provider has accepted the call', async () => {
    const { got, head, data, end, running } = attempt()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(got).toEqual([])
    head()
    await vi.advanceTimersByTimeAsync(31_000)
    expect(got).toEqual(['head 200', ': ping\n\n', ': ping\n\n'])
    data('data: {"a":1}\n\n')
    await vi.advanceTimersByTimeAsync(14_000)
    expect(got).toHaveLength(4)
    end()
    expect(await running.result).toMatchObject({ kind: 'answered', ending: 'complete' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(got).toHaveLength(4)
  })

  it('never puts a comment into the middle of an event', async () => {
    const { got, head, data } = attempt()
    head()
    data('data: {"a"')
    await vi.advanceTimersByTimeAsync(40_000)
    expect(got).toEqual(['head 200', 'data: {"a"'])
    data(':1}\r\n\r\n')
    await vi.advanceTimersByTimeAsync(16_000)
    expect(got.at(-1)).toBe(': ping\n\n')
  })

  it('gives up after the first-byte timeout to the millisecond, and not after the head has come', async () => {
    const late = attempt(200)
    await vi.advanceTimersByTimeAsync(200)
    expect(await late.running.result).toMatchObject({ kind: 'failed', failure: { class: 'timeout' } })
    const inTime = attempt(200)
    await vi.advanceTimersByTimeAsync(199)
    inTime.head()
    await vi.advanceTimersByTimeAsync(5000)
    inTime.data('data: {}\n\n')
    inTime.end()
    expect(await inTime.running.result).toMatchObject({ kind: 'answered', ending: 'complete' })
  })
})
