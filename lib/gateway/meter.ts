/**
 * Reads the usage out of an answer while its bytes pass. A stream is cut at event boundaries (blank lines) only as far
 * as needed: events are parsed when they carry a `"usage"` object, all others are passed on as bytes. This runs for each
 * event of each stream: Node finds one byte fast, but each search for several costs more than a short loop.
 */
import type { Usage } from '@/lib/ledger/cost'

const carryMax = 1024 * 1024
const usageKey = Buffer.from('"usage"')
const errorKey = Buffer.from('"error"')
/** Searches stop at each first byte: a `u` is rarer than a quote. */
const usageKeyRest = usageKey.subarray(1)
const [lf, cr, quote, dataLetter] = [0x0a, 0x0d, 0x22, 0x64]

/** Usage as OpenAI-compatible providers report it, cached and reasoning tokens included. Null when there is none. */
export function readUsage(value: unknown): Usage | null {
  if (typeof value !== 'object' || value === null) return null
  const usage = value as Record<string, unknown>
  const input = count(usage.prompt_tokens) ?? count(usage.input_tokens)
  const output = count(usage.completion_tokens) ?? count(usage.output_tokens)
  if (input === null && output === null) return null
  const inputDetails = record(usage.prompt_tokens_details ?? usage.input_tokens_details)
  const outputDetails = record(usage.completion_tokens_details ?? usage.output_tokens_details)
  return {
    input: input ?? 0,
    cachedInput: count(inputDetails.cached_tokens) ?? count(usage.prompt_cache_hit_tokens) ?? 0,
    output: output ?? 0,
    reasoning: count(outputDetails.reasoning_tokens) ?? 0,
  }
}

const tokensMax = 2_000_000_000

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= tokensMax
    ? value
    : null
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** The last `"usage": {…}` of a JSON answer (or of its tail), found without parsing the rest. */
export function usageOfJson(bytes: Buffer): Usage | null {
  for (let at = bytes.lastIndexOf(usageKey); at >= 0; at = bytes.lastIndexOf(usageKey, at - 1)) {
    const start = objectAfter(bytes, at)
    const usage = start < 0 ? null : readUsage(parseObjectAt(bytes, start))
    if (usage) return usage
    if (at === 0) break
  }
  return null
}

/** Where the object opens, before `end`, that is the value of the `"usage"` at `at`; -1 when its value is no object. */
function objectAfter(bytes: Buffer, at: number, end = bytes.length): number {
  if (at > 0 && bytes[at - 1] === 0x5c) return -1
  let next = at + usageKey.length
  const skip = () => {
    while (bytes[next] === 0x20 || bytes[next] === 0x0a || bytes[next] === 0x0d || bytes[next] === 0x09)
      next++
  }
  skip()
  if (bytes[next++] !== 0x3a) return -1
  skip()
  return bytes[next] === 0x7b && next < end ? next : -1
}

/** Usage objects hold numbers and objects of numbers, so braces can be counted without minding strings. */
function parseObjectAt(bytes: Buffer, start: number): unknown {
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === 0x7b) depth++
    else if (bytes[at] === 0x7d && --depth === 0) {
      try {
        return JSON.parse(bytes.toString('utf8', start, at + 1))
      } catch {
        return null
      }
    }
  }
  return null
}

export class StreamMeter {
  usage: Usage | null = null
  /** Events seen: about one output token each, the estimate when a stream breaks off before its usage. */
  events = 0
  /** The error object of an in-band error event, when one came. */
  failed: Record<string, unknown> | null = null
  private carry: Buffer | null = null

  /** `hideUsage`: keep the usage-only event, which we asked for, from a client that did not. */
  constructor(private readonly hideUsage: boolean) {}

  /** The bytes to pass on; with `hideUsage`, an unfinished event is held back until its end has come. */
  push(chunk: Buffer): Buffer {
    const bytes = this.carry ? Buffer.concat([this.carry, chunk]) : chunk
    const end = lastBoundary(bytes, this.carry?.length ?? 0)
    if (bytes.length - end > carryMax) {
      this.carry = null
      return this.hideUsage ? bytes : chunk
    }
    this.carry = end < bytes.length ? bytes.subarray(end) : null
    const whole = this.inspect(this.carry ? bytes.subarray(0, end) : bytes)
    return this.hideUsage ? whole : chunk
  }

  /** What is still held back when the stream ends. */
  end(): Buffer {
    const rest = this.carry ?? Buffer.alloc(0)
    this.carry = null
    const passed = this.inspect(rest)
    return this.hideUsage ? passed : Buffer.alloc(0)
  }

  /** Counts whole events, reads those with usage or an error, and returns the bytes without the hidden one. */
  private inspect(bytes: Buffer): Buffer {
    let kept = bytes
    let usageAt = -1
    for (let start = 0; start < bytes.length; ) {
      const end = nextBoundary(bytes, start)
      this.events++
      if (usageAt < start) usageAt = findUsage(bytes, start)
      const tells =
        startsWithError(bytes, start, end) || (usageAt < end && objectAfter(bytes, usageAt, end) >= 0)
      if (tells && this.readEvent(bytes.subarray(start, end)) && this.hideUsage) {
        const before =
          kept === bytes ? bytes.subarray(0, start) : kept.subarray(0, kept.length - (bytes.length - start))
        kept = Buffer.concat([before, bytes.subarray(end)])
      }
      start = end
    }
    return kept
  }

  /** True for an event that carries usage and no choices: the one that `include_usage` adds. */
  private readEvent(event: Buffer): boolean {
    const data = dataOf(event)
    if (data.error) this.failed = record(data.error)
    const usage = readUsage(data.usage) ?? readUsage(record(data.x_groq).usage)
    if (!usage) return false
    this.usage = usage
    return Array.isArray(data.choices) && data.choices.length === 0
  }
}

function dataOf(event: Buffer): Record<string, unknown> {
  const data = event
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5))
    .join('\n')
  try {
    return record(JSON.parse(data))
  } catch {
    return {}
  }
}

/** Where the first `"usage"` at or after `from` is, or the end. */
function findUsage(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(usageKeyRest, from); at >= 0; at = bytes.indexOf(usageKeyRest, at + 1))
    if (bytes[at - 1] === quote) return at - 1
  return bytes.length
}

/** Error events name the error at once: `data: {"error"`, perhaps after a line such as `event: error`. */
function startsWithError(bytes: Buffer, start: number, end: number): boolean {
  const from = dataAt(bytes, start, end)
  const last = Math.min(from + 24, end) - errorKey.length
  for (let at = from; at <= last; at++) if (standsAt(errorKey, bytes, at)) return true
  return false
}

/** Where the data of an event begin, after lines that name or number it. */
function dataAt(bytes: Buffer, start: number, end: number): number {
  let line = start
  while (line < end && bytes[line] !== dataLetter) {
    const next = bytes.indexOf(lf, line) + 1
    if (next === 0) return end
    line = next
  }
  return line
}

function standsAt(key: Buffer, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < key.length; index++) if (bytes[at + index] !== key[index]) return false
  return true
}

/** The position after the last blank line that ends after `from`, or 0. */
function lastBoundary(bytes: Buffer, from: number): number {
  for (let end = bytes.length; end > from; end--) if (blankLineEnds(bytes, 0, end)) return end
  return 0
}

/** The position after the first blank line at or after `start`, or the end. */
function nextBoundary(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(lf, start); at >= 0; at = bytes.indexOf(lf, at + 1))
    if (blankLineEnds(bytes, start, at + 1)) return at + 1
  return bytes.length
}

/** Whether the bytes from `start` to `end` end with a blank line. */
function blankLineEnds(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[end - 1] !== lf) return false
  if (bytes[end - 2] === lf) return end - 2 >= start
  return bytes[end - 2] === cr && bytes[end - 3] === lf && bytes[end - 4] === cr && end - 4 >= start
}
