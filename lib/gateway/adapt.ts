import type { IncomingHttpHeaders } from 'node:http'
import type { Provider } from '@/lib/registry/snapshot'
import { editBody, type JsonBody } from './body'

export type Adapted = {
  bytes: Buffer
  /** We asked for the usage event of a stream; the client did not. */
  usageAdded: boolean
}

export type Adapting = {
  /** Ask for the usage of a stream. */
  wantsUsage: boolean
  /** The longest answer, where the client has set none and a budget needs one. */
  maxTokens: number | null
  provider: Provider
}

/** The body as the provider gets it: its own model name, usage asked for in streams, an end to the answer. */
export function adaptBody(body: JsonBody, model: string, adapting: Adapting): Adapted {
  const { wantsUsage, maxTokens, provider } = adapting
  const changes: Record<string, unknown> = {}
  if (body.value.model !== model) changes.model = model
  if (maxTokens !== null) changes[maxTokensField(provider)] = maxTokens
  const options = wantsUsage ? optionsOf(body) : null
  const usageAdded = options !== null && options.include_usage !== true
  if (usageAdded) changes.stream_options = { ...options, include_usage: true }
  return { bytes: editBody(body, changes), usageAdded }
}

function optionsOf({ value }: JsonBody): Record<string, unknown> {
  const given = value.stream_options
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
}

/** OpenAI's newer models refuse `max_tokens`; other providers know nothing else. */
export function maxTokensField({ origin }: Provider): string {
  return /^https:\/\/([^/]+\.)?(openai\.com|openai\.azure\.com)$/.test(origin)
    ? 'max_completion_tokens'
    : 'max_tokens'
}

const passedOn = ['openai-beta', 'idempotency-key', 'http-referer', 'x-title']

/** Headers of an upstream request. Nothing of the client's but the few that providers act on. */
export function upstreamHeaders(
  client: IncomingHttpHeaders,
  provider: Provider,
  secret: string,
  id: string,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'akcp',
    'x-request-id': id,
    ...provider.headers,
    authorization: `Bearer ${secret}`,
  }
  for (const name of passedOn) {
    const value = client[name]
    if (typeof value === 'string' && headers[name] === undefined) headers[name] = value
  }
  return headers
}
