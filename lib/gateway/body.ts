/**
 * A JSON request body, parsed once and edited in place. Edits splice the original text, so what the client wrote
 * (large integers, number forms, key order) reaches the provider unchanged. Keys that we decide by must be there
 * once and spelt exactly: a provider that reads the first of two `model` keys, or ignores case, would otherwise be
 * asked for something other than what was checked.
 */
import { AkcpError } from '@/lib/errors'
import { hint } from './hints'

const depthMax = 100
const decisive = [
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'messages',
  'input',
]

type Span = { start: number; end: number }

export type JsonBody = {
  bytes: Buffer
  text: string
  value: Record<string, unknown>
  spans: Map<string, Span>
}

/** Throws `AkcpError` `invalid_request` that says where the body is wrong. */
export function parseBody(bytes: Buffer): JsonBody {
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw malformed(text ? `The body is not valid JSON: ${parseReason(error)}.` : 'The body is empty.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('The body must be a JSON object.')
  }
  return { bytes, text, value: value as Record<string, unknown>, spans: topLevelSpans(text) }
}

/** V8 quotes the text around the error, which may be part of a prompt: keep only the position. */
function parseReason(error: unknown): string {
  const position = /position \d+/.exec(error instanceof Error ? error.message : '')
  return position ? `it breaks at ${position[0]}` : 'it ends too early or has a stray character'
}

function malformed(message: string, param?: string): AkcpError {
  return new AkcpError('invalid_request', message, {
    hint: hint('sendOneObject'),
    ...(param && { param }),
  })
}

/** The value's place of every top-level key of a valid JSON object. Linear; strings are skipped by native search. */
function topLevelSpans(text: string): Map<string, Span> {
  const spans = new Map<string, Span>()
  const seen = new Set<string>()
  let depth = 0
  let key: string | null = null
  let valueStart = -1
  const close = (end: number) => {
    if (key !== null && valueStart >= 0) spans.set(key, { start: valueStart, end })
    key = null
    valueStart = -1
  }
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const end = stringEnd(text, at)
      if (depth === 1 && key === null) key = checkKey(text.slice(at, end), seen)
      at = end - 1
    } else if (code === openBrace || code === openBracket) {
      if (++depth > depthMax) throw malformed(`The body is nested more than ${depthMax} levels deep.`)
    } else if (code === closeBrace || code === closeBracket) {
      if (depth-- === 1) close(trimEnd(text, at))
    } else if (depth === 1 && code === comma) close(trimEnd(text, at))
    else if (depth === 1 && code === colon) valueStart = trimStart(text, at + 1)
  }
  return spans
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket, comma, colon] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a,
]

/** The position after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) break
    end = text.indexOf('"', end + 1)
  }
  return end + 1
}

function checkKey(raw: string, seen: Set<string>): string {
  const key: string = JSON.parse(raw)
  const folded = key.toLowerCase()
  const known = decisive.find((name) => name === folded)
  if (known && (seen.has(known) || key !== known || raw !== `"${known}"`)) {
    const fault = seen.has(known) ? `appears twice` : `must be spelt "${known}", without escapes or capitals`
    throw new AkcpError('invalid_request', `The field ${known} ${fault}.`, {
      hint: hint('sendFieldOnce', { field: known }),
      param: known,
    })
  }
  seen.add(known ?? key)
  return key
}

function trimStart(text: string, at: number): number {
  let start = at
  while (isSpace(text.charCodeAt(start))) start++
  return start
}

function trimEnd(text: string, at: number): number {
  let end = at
  while (isSpace(text.charCodeAt(end - 1))) end--
  return end
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** The body with these top-level fields set, as bytes: its own ones when there are none. */
export function editBody({ bytes, text, spans }: JsonBody, changes: Record<string, unknown>): Buffer {
  const end = text.lastIndexOf('}')
  const edits: (Span & { json: string })[] = []
  let comma = spans.size > 0 ? ',' : ''
  for (const key of Object.keys(changes)) {
    const span = spans.get(key)
    const json = JSON.stringify(changes[key])
    if (span) edits.push({ start: span.start, end: span.end, json })
    else {
      edits.push({ start: end, end, json: `${comma}${JSON.stringify(key)}:${json}` })
      comma = ','
    }
  }
  if (edits.length === 0) return bytes
  if (edits.length > 1) edits.sort((a, b) => a.start - b.start)
  let edited = ''
  let from = 0
  for (const { start, end, json } of edits) {
    edited += text.slice(from, start) + json
    from = end
  }
  return Buffer.from(edited + text.slice(from))
}
