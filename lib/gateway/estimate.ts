/** What a call will need, before its provider has counted: tokens for rate limits, and bounds for money. */
import type { Usage } from '@/lib/ledger/cost'
import type { JsonBody } from './body'

const bytesPerToken = 4
const learnt = 0.05

/** Tokens a byte of the request, learnt from what providers report for each model. */
export class TokenRatios {
  private readonly ratios = new Map<string, number>()

  /** Input tokens that a body is likely to have. */
  input(model: string, bytes: number): number {
    return Math.ceil(bytes * (this.ratios.get(model) ?? 1 / bytesPerToken))
  }

  learn(model: string, bytes: number, { input }: Usage): void {
    if (bytes === 0 || input === 0) return
    const known = this.ratios.get(model)
    if (known === undefined && this.ratios.size >= 10_000) return
    const seen = Math.min(1, input / bytes)
    this.ratios.set(model, known === undefined ? seen : known + (seen - known) * learnt)
  }
}

/** The most that an image, a sound or a file may count for: providers bill what it shows, not the bytes that name it. */
const attachmentTokens = 50_000

/**
 * No more input tokens than this can be billed: a token is at least one byte, and what a request attaches counts for at
 * most `attachmentTokens` a piece.
 */
export function inputBound(body: JsonBody): number {
  return body.bytes.length + attachments(body.value.messages) * attachmentTokens
}

function attachments(messages: unknown): number {
  if (!Array.isArray(messages)) return 0
  let found = 0
  for (const message of messages) {
    if (!Array.isArray(message?.content)) continue
    for (const part of message.content) if (part?.type !== 'text' && part?.type !== 'refusal') found++
  }
  return found
}

/** The longest answer that the client allows, in tokens, over all of its choices; null when it sets no bound. */
export function outputBound({ value }: JsonBody): number | null {
  const most = Math.max(positive(value.max_completion_tokens) ?? 0, positive(value.max_tokens) ?? 0)
  return most === 0 ? null : most * choices(value)
}

/** How many answers the client asks for. */
export function choices(value: Record<string, unknown>): number {
  return positive(value.n) ?? 1
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}
