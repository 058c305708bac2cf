import type { IncomingHttpHeaders } from 'node:http'

/**
 * How long a provider asks to wait, in milliseconds, or null: `retry-after-ms`, `retry-after` (seconds or a date, RFC
 * 9110), else the reset of the rate limit that has nothing left (`x-ratelimit-reset-…`, as `6m0s`, seconds or a date).
 */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | null {
  const text = (name: string) => (typeof headers[name] === 'string' ? headers[name] : undefined)
  const inMs = text('retry-after-ms')
  if (inMs !== undefined && /^\d+(\.\d+)?$/.test(inMs)) return Math.ceil(Number(inMs))
  const asked = text('retry-after')
  const wait = asked === undefined ? null : waitMs(asked, now)
  if (wait !== null) return wait
  const resets = Object.keys(headers).flatMap((name) => {
    const limit = /^(x-ratelimit|anthropic-ratelimit)-(?:reset-(.+)|(.+)-reset)$/.exec(name)
    if (!limit) return []
    const kind = limit[2] ?? limit[3]
    const left = text(`${limit[1]}-remaining-${kind}`) ?? text(`${limit[1]}-${kind}-remaining`)
    const reset = left === '0' ? waitMs(text(name) ?? '', now) : null
    return reset === null ? [] : [reset]
  })
  return resets.length > 0 ? Math.max(...resets) : null
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `1.5` (seconds), `6m0s`, or a date. */
function waitMs(text: string, now: number): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)
    return Math.ceil(
      [...parts].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0), 0),
    )
  }
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
