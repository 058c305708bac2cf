/**
 * Whether Redis can be asked. The first failure or late answer ends it for everybody who waits; from then on nobody
 * asks, until a probe in the background has been answered.
 */
import { type Env, EnvError } from '@/lib/env'
import { errorText } from '@/lib/log'
import { redisStore } from './rate-redis'
import { giveBackScript, probeCall, type RateStore, type Script, type ScriptCall } from './rate-script'
import { upstashStore } from './rate-upstash'

const connectMs = 2000
/** How long a healthy Redis may take. */
const answerMs = 100
const firstPauseMs = 250
/** How long Redis may be back without this process having seen it. */
export const longestAbsenceMs = 5000 + connectMs + answerMs

export class RedisLink {
  private readonly waiting = new Set<(error: Error) => void>()
  private connection = 0
  private timer: NodeJS.Timeout | undefined
  private stopped = false
  /** Since when it does not answer; milliseconds since the epoch. */
  downSince: number | null = null
  error: string | null = null
  onDown: () => void = () => {}
  onUp: () => void = () => {}

  constructor(
    private readonly store: RateStore,
    private readonly probeMs = answerMs,
  ) {
    store.onLost((error) => this.fall(error))
  }

  get kind(): RateStore['kind'] {
    return this.store.kind
  }

  /** False: it does not answer yet. Throws when it never will. */
  async start(): Promise<boolean> {
    try {
      await this.reach()
      return true
    } catch (error) {
      refuseMisconfigured(error)
      this.fall(asError(error))
      return false
    }
  }

  /** Rejects when Redis fails or has not answered within `ms`. */
  ask(script: Script, call: ScriptCall, ms: number): Promise<number[]> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        return this.waiting.delete(fail)
      }
      const fail = (error: Error) => end() && reject(error)
      const timer = setTimeout(() => {
        // An answer that came while this process was busy is read first.
        setImmediate(() => {
          if (this.waiting.has(fail)) this.fall(new Error(`no answer within ${Math.round(ms)} ms`))
        })
      }, ms)
      this.waiting.add(fail)
      this.store.run(script, call).then(
        (answer) => end() && resolve(answer),
        (error) => this.waiting.has(fail) && this.fall(asError(error)),
      )
    })
  }

  /** Nobody waits for the answer. */
  tell(script: Script, call: ScriptCall): void {
    const { connection } = this
    this.store.run(script, call).catch((error) => {
      if (connection === this.connection) this.fall(asError(error))
    })
  }

  /** Waits until Redis has got what was told before. */
  async stop(): Promise<void> {
    clearTimeout(this.timer)
    if (this.downSince === null) await this.probe().catch(() => {})
    this.stopped = true
    this.store.close()
  }

  private fall(error: Error): void {
    if (this.downSince !== null || this.stopped) return
    this.downSince = Date.now()
    this.error = textOf(error)
    this.connection++
    this.onDown()
    for (const fail of [...this.waiting]) fail(error)
    this.store.close()
    this.reachIn(firstPauseMs)
  }

  private reachIn(pauseMs: number): void {
    this.timer = setTimeout(async () => {
      try {
        await this.reach()
      } catch (error) {
        this.error = textOf(error)
        this.store.close()
        if (!this.stopped) this.reachIn(Math.min(5000, pauseMs * 2))
        return
      }
      if (this.stopped) return
      this.onUp()
      this.downSince = null
      this.error = null
    }, pauseMs)
    this.timer.unref()
  }

  private async reach(): Promise<void> {
    await within(connectMs, this.store.connect())
    await this.probe()
  }

  private async probe(): Promise<void> {
    await within(this.probeMs, this.store.run(giveBackScript, probeCall))
  }
}

/** The Redis that the environment names; null: none. */
export function redisLink(env: Env): RedisLink | null {
  const { REDIS_URL, UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env
  if (REDIS_URL) return new RedisLink(redisStore(REDIS_URL))
  return url && token ? new RedisLink(upstashStore(url, token)) : null
}

/** Answers that waiting does not change. */
function refuseMisconfigured(error: unknown): void {
  const text = errorText(error)
  if (/\b(MOVED|CROSSSLOT)\b/.test(text)) {
    throw new EnvError(
      'REDIS_URL names a node of a Redis Cluster that does not hold the keys {akcp}:*: name a single server',
    )
  }
  if (/\b(WRONGPASS|NOAUTH|NOPERM|Unauthorized)\b/.test(text)) {
    throw new EnvError(
      'Redis refuses the user, password or token of REDIS_URL or UPSTASH_REDIS_REST_TOKEN: correct it, and let the user run scripts on the keys {akcp}:*',
    )
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** The client for Upstash adds the whole command to its messages. */
function textOf(error: unknown): string {
  return errorText(error).split(', command was')[0] ?? ''
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
