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

/** Longer waits than this are misread, not meant. */
const longestMs = 32 * 86_400_000

/**
 * How long the body of a refusal asks to wait, in milliseconds, or null: Google's `"retryDelay": "34s"`, a `resets_at` or
 * `retry_after` field (seconds, epoch seconds or a date), else words such as "try again in 6m0s" or "resets at 2026-…".
 */
export function retryAfterOfBody(body: Buffer, now: number): number | null {
  const text = body.toString('utf8', 0, 16_384)
  const field = /"(?:retry_?delay|retry_?after|resets?_?at|reset_?time)"\s*:\s*"?([^",}\s]+)/i.exec(text)?.[1]
  const words =
    /(?:again|retry|reset\w*|available)\s+(?:again\s+)?(?:in|after)\s+(?:about\s+)?([\d.]+\s?[a-z]*(?:\d+[a-z]+)*)/i.exec(
      text,
    )?.[1]
  const date =
    /(?:again|reset\w*|available|until)\D{0,30}(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)/i.exec(
      text,
    )?.[1]
  for (const found of [field, words && shortUnits(words), date && withZone(date)]) {
    const wait = found ? waitMs(sinceEpoch(found), now) : null
    if (wait !== null && wait <= longestMs) return wait
  }
  return null
}

/** `20 seconds` as `20s`. */
function shortUnits(text: string): string {
  return text
    .toLowerCase()
    .replace(/\s/g, '')
    .replace(/(milliseconds?|msecs?)$/, 'ms')
    .replace(/(seconds?|secs?)$/, 's')
    .replace(/(minutes?|mins?)$/, 'm')
    .replace(/(hours?|hrs?)$/, 'h')
    .replace(/days?$/, 'd')
    .replace(/\.$/, '')
}

/** Providers that name no zone mean UTC. */
function withZone(text: string): string {
  return /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`
}

/** Whole seconds since 1970, or milliseconds, as a date; anything else as it is. */
function sinceEpoch(text: string): string {
  if (/^1\d{9}$/.test(text)) return new Date(Number(text) * 1000).toISOString()
  return /^1\d{12}$/.test(text) ? new Date(Number(text)).toISOString() : text
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
