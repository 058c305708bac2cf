import type { IncomingHttpHeaders } from 'node:http'
import type { Attempt } from '@/drizzle/schema'
import { newId } from '@/lib/id'
import type { Key, Target } from '@/lib/registry/snapshot'
import type { Attribution } from './attribution'
import type { Caller } from './authenticate'
import type { JsonBody } from './body'
import type { Call } from './call'
import type { Endpoint } from './endpoints'
import type { Skipped } from './pick-key'

/** What is known of a call as it goes; the ledger row is made from it. */
export type Progress = {
  id: string
  requestId: string
  /** Milliseconds since the epoch. */
  startedAt: number
  /** `performance.now()`. */
  clock: number
  endpoint: Endpoint | null
  caller: Caller | null
  attribution: Attribution | null
  body: JsonBody | null
  model: string
  stream: boolean
  /** Attempts begun; `attempts` holds those that ended. */
  tries: number
  attempts: Attempt[]
  skipped: Skipped[]
  target: Target | null
  key: Key | null
}

const requestIdForm = /^[A-Za-z0-9._:-]{1,128}$/

export function begin({ headers }: Call): Progress {
  const id = newId()
  const given = headers['x-request-id']
  return {
    id,
    requestId: typeof given === 'string' && requestIdForm.test(given) ? given : id,
    startedAt: Date.now(),
    clock: performance.now(),
    endpoint: null,
    caller: null,
    attribution: null,
    body: null,
    model: '',
    stream: false,
    tries: 0,
    attempts: [],
    skipped: [],
    target: null,
    key: null,
  }
}

export function idHeaders(progress: Progress): Record<string, string> {
  return { 'x-request-id': progress.requestId, 'x-akcp-request': progress.id, 'cache-control': 'no-store' }
}

const passedOn = ['content-encoding', 'openai-processing-ms', 'openai-version']

/** Our headers and the few of the provider's that clients can use. */
export function answerHeaders(progress: Progress, upstream: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': upstream['content-type'] ?? 'application/json',
    'cache-control': 'no-store',
    'x-request-id': progress.requestId,
    'x-akcp-request': progress.id,
    'x-akcp-pool': progress.target?.pool.slug ?? '',
    'x-akcp-key': progress.key?.id ?? '',
    'x-akcp-model': progress.target?.model ?? '',
    'x-akcp-attempts': String(progress.tries),
  }
  for (const name of passedOn) {
    const value = upstream[name]
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}
