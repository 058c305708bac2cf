/**
 * How often somebody may try: counted in Redis where Upstash is configured, so that all processes count together,
 * else in this process.
 */
import { Ratelimit } from '@upstash/ratelimit'
import { Redis } from '@upstash/redis'
import type { Env } from '@/lib/env'
import { AkcpError } from '@/lib/errors'
import { errorText, log } from '@/lib/log'

/** At most `attempts` within any `seconds`. */
export const attemptPolicies = {
  /** One address trying one e-mail address. Forgotten when a sign-in succeeds. */
  'sign-in': { attempts: 10, seconds: 300 },
  /** One address trying any e-mail addresses, with right passwords or wrong ones. */
  'sign-in-address': { attempts: 100, seconds: 300 },
  /** One address opening set-up and invitation links. */
  'one-time-link': { attempts: 60, seconds: 300 },
  /** One token or one member calling the admin API: far above any page or script, below what hurts the database. */
  'admin-api': { attempts: 3000, seconds: 60 },
} as const

export type AttemptPolicy = keyof typeof attemptPolicies

export type AttemptLimit = {
  /** Counts an attempt of `who`. Null: go on; else the seconds after which the next one may be made. */
  take(policy: AttemptPolicy, who: string): Promise<number | null>
  /** Takes back what `who` has tried. */
  forget(policy: AttemptPolicy, who: string): Promise<void>
}

/** A slow Redis must not hold up whoever signs in: after this, the process counts by itself. */
const redisMs = 500
const prefix = 'akcp:attempts'

export function createAttemptLimit(env: Env, now: () => number = Date.now): AttemptLimit {
  const local = createLocalLimit(now)
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env
  if (!url || !token) return local
  const redis = new Redis({ url, token, retry: false, enableTelemetry: false, enableAutoPipelining: false })
  const limits = new Map<AttemptPolicy, Ratelimit>()
  const limitOf = (policy: AttemptPolicy) => {
    const { attempts, seconds } = attemptPolicies[policy]
    const limit =
      limits.get(policy) ??
      new Ratelimit({
        redis,
        limiter: Ratelimit.slidingWindow(attempts, `${seconds} s`),
        prefix: `${prefix}:${policy}`,
        timeout: redisMs,
        ephemeralCache: false,
      })
    limits.set(policy, limit)
    return limit
  }
  const orLocal = async <T>(inRedis: () => Promise<T>, here: () => Promise<T>): Promise<T> => {
    try {
      return await inRedis()
    } catch (error) {
      log.warn({ error: errorText(error) }, 'attempts are counted in this process: Redis does not answer')
      return await here()
    }
  }
  return {
    take: (policy, who) =>
      orLocal(
        async () => {
          const { success, reset, reason } = await limitOf(policy).limit(who)
          if (reason === 'timeout') throw new Error(`no answer within ${redisMs} ms`)
          return success ? null : Math.max(1, Math.ceil((reset - now()) / 1000))
        },
        () => local.take(policy, who),
      ),
    forget: async (policy, who) => {
      await local.forget(policy, who)
      await orLocal(
        () => limitOf(policy).resetUsedTokens(who),
        async () => {},
      )
    },
  }
}

/** More than this many keep trying at once: the ones seen first are let go of, so that memory stays bounded. */
const rememberedMax = 20_000

/** A window that slides with each attempt: the times of the last attempts, per policy and `who`. */
function createLocalLimit(now: () => number): AttemptLimit {
  const tried = new Map<string, number[]>()
  return {
    async take(policy, who) {
      const { attempts, seconds } = attemptPolicies[policy]
      const key = `${policy} ${who}`
      const since = now() - seconds * 1000
      const times = (tried.get(key) ?? []).filter((time) => time > since)
      const oldest = times[0]
      if (oldest !== undefined && times.length >= attempts)
        return Math.max(1, Math.ceil((oldest - since) / 1000))
      // Again at the end of the map, whose order is the order of the last attempts.
      tried.delete(key)
      tried.set(key, [...times, now()])
      const [first] = tried.keys()
      if (tried.size > rememberedMax && first !== undefined) tried.delete(first)
      return null
    },
    async forget(policy, who) {
      tried.delete(`${policy} ${who}`)
    },
  }
}

export function tooManyAttempts(seconds: number): AkcpError {
  return new AkcpError('rate_limit_exceeded', 'Too many attempts.', {
    hint: `Wait ${seconds} seconds, then try again.`,
    headers: { 'retry-after': String(seconds) },
  })
}
