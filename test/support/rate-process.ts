/**
 * A gateway process as far as rate limits go: takes one request of the same app again and again, and tells its parent of
 * each. Arguments: the Redis, how many processes there are and which one this is, milliseconds between two calls.
 */
import { parseEnv } from '@/lib/env'
import { createRateLimits } from '@/lib/limits/rate-limits'

export type TakenCall = { sentAt: number; answeredAt: number; ok: boolean; degraded: boolean }

const [url = '', count = '1', rank = '0', everyMs = '300'] = process.argv.slice(2)
const rule = { scope: 'app' as const, id: 'measured', limits: { rpm: 60, tpm: null, concurrency: null } }
/** The same for all processes of a machine, and never set back. */
const now = () => performance.timeOrigin + performance.now()

const limits = createRateLimits(parseEnv(url ? { REDIS_URL: url } : {}), () => ({
  count: Number(count),
  rank: Number(rank),
}))
await limits.start()
const calls = setInterval(async () => {
  const sentAt = now()
  const { ok } = await limits.take([rule], 0, 60_000)
  const call: TakenCall = { sentAt, answeredAt: now(), ok, degraded: limits.state.degradedSince !== null }
  process.send?.(call)
}, Number(everyMs))
process.once('disconnect', () => {
  clearInterval(calls)
  void limits.stop()
})
