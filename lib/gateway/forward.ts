import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Usage } from '@/lib/ledger/cost'
import type { Reply } from './call'
import {
  answeredFailure,
  brokenFailure,
  emptyAnswer,
  type Failure,
  inBandFailure,
  type Timeout,
} from './failure'
import { StreamMeter, usageOfJson } from './meter'

/** Answers that are not streams are held back up to this size, so that one that breaks off can still fail over. */
const heldBytesMax = 8 * 1024 * 1024
const tailBytes = 64 * 1024
/** A stream that is silent for so long gets a comment, which keeps proxies and clients from giving it up. */
const pingMs = 15_000
const ping = Buffer.from(': ping\n\n')
const errorBytesMax = 256 * 1024

export type Forward = {
  origin: string
  path: string
  headers: Record<string, string>
  body: Buffer
  firstByteTimeoutMs: number
  idleTimeoutMs: number
  hideUsage: boolean
}

export type Forwarded =
  /** Nothing has reached the client. */
  | { kind: 'failed'; failure: Failure }
  | { kind: 'left' }
  | {
      kind: 'answered'
      status: number
      headers: IncomingHttpHeaders
      /** The whole answer; null when it has been passed on already. */
      body: Buffer | null
      usage: Usage | null
      /** Estimate of output tokens for an answer without usage. */
      outputEstimate: number
      /** `performance.now()` of the first byte. */
      firstByteAt: number
      ending: 'complete' | 'broken' | 'left'
      failure: Failure | null
    }

type Reason = 'left' | Timeout

/** Why we end an upstream request ourselves. */
export class Ended extends Error {
  constructor(readonly reason: Reason) {
    super(reason)
  }
}

export type Running = { result: Promise<Forwarded>; end(reason: Reason): void }

/**
 * Sends one attempt. A stream's head and bytes go to `reply` as they come, with back-pressure; `commit` is called
 * just before the first of them. Everything else is returned for the caller to send.
 */
export function forward(
  upstream: Dispatcher,
  request: Forward,
  reply: Reply,
  commit: (status: number, headers: IncomingHttpHeaders) => void,
): Running {
  const attempt = new Attempt(request, reply, commit)
  upstream.dispatch(
    {
      origin: request.origin,
      path: request.path,
      method: 'POST',
      headers: request.headers,
      body: request.body,
      // Ours, below: that of undici is a second off.
      headersTimeout: 0,
      bodyTimeout: request.idleTimeoutMs,
    },
    attempt,
  )
  return { result: attempt.result, end: (reason) => attempt.endEarly(reason) }
}

class Attempt implements Dispatcher.DispatchHandler {
  readonly result: Promise<Forwarded>
  private settle: (forwarded: Forwarded) => void = () => {}
  private controller: Dispatcher.DispatchController | null = null
  private settled = false
  private status = 0
  private headers: IncomingHttpHeaders = {}
  private meter: StreamMeter | null = null
  private held: Buffer[] = []
  private heldBytes = 0
  private passedBytes = 0
  private committed = false
  private firstByteAt = 0
  private readonly firstByteTimer: NodeJS.Timeout
  private pingTimer: NodeJS.Timeout | undefined
  /** Whether a comment may be put in: not within an event. */
  private betweenEvents = true

  constructor(
    private readonly request: Forward,
    private readonly reply: Reply,
    private readonly commit: (status: number, headers: IncomingHttpHeaders) => void,
  ) {
    this.result = new Promise((resolve) => {
      this.settle = resolve
    })
    this.firstByteTimer = setTimeout(() => this.endEarly('first byte timeout'), request.firstByteTimeoutMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.settled) controller.abort(new Ended('left'))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    clearTimeout(this.firstByteTimer)
    this.status = status
    this.headers = headers
    const streams =
      /^text\/event-stream/i.test(String(headers['content-type'] ?? '')) && !headers['content-encoding']
    if (status < 300 && streams) {
      this.meter = new StreamMeter(this.request.hideUsage)
      this.pingTimer = setTimeout(() => this.ping(), pingMs)
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return
    this.firstByteAt ||= performance.now()
    if (this.meter) this.passEvents(controller, this.meter, chunk)
    else this.hold(controller, chunk)
  }

  onResponseEnd(): void {
    if (this.settled) return
    if (this.meter) this.endStream(this.meter)
    else if (this.status >= 300 || this.holdsError())
      this.fail(answeredFailure(this.status, this.headers, Buffer.concat(this.held)))
    else this.finish('complete', null)
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.firstByteTimer)
    if (this.settled) return
    const reason = error instanceof Ended ? error.reason : null
    if (reason === 'left') this.leave()
    else this.fail(brokenFailure(error, reason))
  }

  /** Ends the attempt now, even while it waits for a connection. */
  endEarly(reason: Reason): void {
    if (this.settled) return
    const error = new Ended(reason)
    if (this.controller) this.controller.abort(error)
    if (!this.settled && this.controller === null) this.onResponseError(nobody, error)
  }

  /** Only after the provider has accepted the call, since from then on another key cannot take over. */
  private ping(): void {
    if (this.settled || !this.controller) return
    if (this.betweenEvents && !this.controller.paused) this.pass(this.controller, ping)
    else this.pingTimer?.refresh()
  }

  private passEvents(controller: Dispatcher.DispatchController, meter: StreamMeter, chunk: Buffer): void {
    const bytes = meter.push(chunk)
    if (meter.failed && !this.committed) {
      this.fail(inBandFailure(meter.failed))
      controller.abort(new Ended('left'))
      return
    }
    if (bytes.length > 0) this.pass(controller, bytes)
  }

  private hold(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.held.push(chunk)
    this.heldBytes += chunk.length
    if (this.status >= 300) {
      if (this.heldBytes > errorBytesMax) {
        this.fail(answeredFailure(this.status, this.headers, Buffer.concat(this.held)))
        controller.abort(new Ended('left'))
      }
      return
    }
    if (this.committed) {
      this.pass(controller, chunk)
      this.keepTail()
    } else if (this.heldBytes > heldBytesMax) {
      this.pass(controller, Buffer.concat(this.held))
      this.keepTail()
    }
  }

  private keepTail(): void {
    const tail = Buffer.concat(this.held).subarray(-tailBytes)
    this.held = [tail]
    this.heldBytes = tail.length
  }

  private pass(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (!this.committed) {
      this.committed = true
      this.commit(this.status, this.headers)
    }
    this.passedBytes += bytes.length
    if (this.pingTimer) {
      this.pingTimer.refresh()
      this.betweenEvents = endsEvent(bytes)
    }
    if (!this.reply.write(bytes) && !controller.paused) {
      controller.pause()
      this.reply.onDrain(() => controller.resume())
    }
  }

  private endStream(meter: StreamMeter): void {
    const rest = meter.end()
    const failure = meter.failed && inBandFailure(meter.failed)
    if (!failure && rest.length > 0 && this.controller) this.pass(this.controller, rest)
    if (failure) this.fail(failure)
    else if (this.committed) this.finish('complete', null)
    else this.fail(emptyAnswer(this.status))
  }

  /** Some providers answer 200 with an error object. */
  private holdsError(): boolean {
    return !this.committed && this.held[0]?.subarray(0, 16).includes('"error"') === true
  }

  private fail(failure: Failure): void {
    clearTimeout(this.pingTimer)
    if (this.committed) {
      this.finish('broken', failure)
    } else {
      this.settled = true
      this.settle({ kind: 'failed', failure })
    }
  }

  private leave(): void {
    clearTimeout(this.pingTimer)
    if (this.firstByteAt && this.status < 300) {
      this.finish('left', null)
    } else {
      this.settled = true
      this.settle({ kind: 'left' })
    }
  }

  private finish(ending: 'complete' | 'broken' | 'left', failure: Failure | null): void {
    clearTimeout(this.pingTimer)
    this.settled = true
    const [only, ...more] = this.held
    const body = this.meter ? null : only && more.length === 0 ? only : Buffer.concat(this.held)
    this.settle({
      kind: 'answered',
      status: this.status,
      headers: this.headers,
      body: this.committed || this.meter ? null : body,
      usage: this.meter ? this.meter.usage : body && usageOfJson(body),
      outputEstimate: this.meter ? this.meter.events : Math.ceil((this.passedBytes || this.heldBytes) / 4),
      firstByteAt: this.firstByteAt || performance.now(),
      ending,
      failure,
    })
  }
}

/** True when the last bytes are a blank line. */
function endsEvent(bytes: Buffer): boolean {
  const { length } = bytes
  if (bytes[length - 1] !== 0x0a) return false
  return bytes[length - 2] === 0x0a || (bytes[length - 2] === 0x0d && bytes[length - 3] === 0x0a)
}

/** Stands in for the controller of a request that has not got one yet. */
const nobody: Dispatcher.DispatchController = {
  aborted: true,
  paused: false,
  reason: null,
  abort() {},
  pause() {},
  resume() {},
}
