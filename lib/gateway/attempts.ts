import type { Attempt } from '@/drizzle/schema'
import type { Ending } from '@/lib/health/book'
import { redact } from '@/lib/providers/redact'
import type { Key, Target } from '@/lib/registry/snapshot'
import { adaptBody, upstreamHeaders } from './adapt'
import { errorEvent } from './answer'
import type { Call, Reply } from './call'
import type { Context } from './context'
import { type Failure, type Forwarded, forward, type Running } from './forward'
import { pickKey, type Skipped } from './pick-key'
import { answerHeaders, type Progress } from './progress'
import { record } from './record'
import { type Hold, heldBy, pass, type Subject, stoppedError } from './stops'
import { failedCall, noKey } from './upstream-errors'

/** Tries keys until one answers. Ends with the answer sent and recorded, or throws what the client is told. */
export async function attempt(
  context: Context,
  call: Call,
  reply: Reply,
  progress: Progress,
  targets: Target[],
): Promise<void> {
  const client = watchClient(reply)
  const tried = new Set<string>()
  let failure: Failure | null = null
  for (
    let next = choose(context, progress, targets, tried);
    next;
    next = choose(context, progress, targets, tried)
  ) {
    tried.add(next.key.id)
    progress.tries++
    progress.target = next.target
    progress.key = next.key
    const startedAt = performance.now()
    const sentAt = Date.now()
    const forwarded = await send(context, call, reply, progress, next, client)
    progress.attempts.push(attemptOf(next, forwarded, startedAt))
    context.health.report(next.key.id, next.target.model, healthEnding(next, forwarded), sentAt, Date.now())
    if (forwarded.kind !== 'failed') return await finish(context, reply, progress, forwarded)
    failure = redacted(forwarded.failure, next.key)
    if (failure.class === 'request' || client.left || progress.tries > next.key.provider.maxRetries) break
    // A kept-alive connection may have been closed under us: the first such failure does not use up its key.
    if (failure.class === 'network' && progress.tries === 1) tried.delete(next.key.id)
  }
  if (client.left) return await finish(context, reply, progress, { kind: 'left' })
  if (failure) throw failedCall(failure, progress.attempts)
  const hold = onlyHold(context, targets, progress.skipped)
  throw hold ? stoppedError(hold) : noKey(progress.skipped, Date.now())
}

type Choice = { target: Target; key: Key }

function choose(context: Context, progress: Progress, targets: Target[], tried: Set<string>): Choice | null {
  progress.skipped = []
  for (const target of targets) {
    const tenant = progress.attribution?.tenant ?? ''
    const now = Date.now()
    const isHeld = (key: Key) => holdOf(context, target, key, now) !== null
    const health = (key: Key) => context.health.verdict(key.id, target.model, now)
    const { key, skipped } = pickKey(context.turns, { target, tenant, tried, now, isHeld, health })
    progress.skipped.push(...skipped)
    if (key) {
      pass(context.snapshot().stops, subjectOf(target, key), now, context.throttles)
      context.health.beginTrial(key.id, target.model, now)
      return { target, key }
    }
  }
  return null
}

function subjectOf({ pool }: Target, key: Key): Subject {
  return { pool: pool.id, provider: key.providerId, key: key.id }
}

function holdOf(context: Context, target: Target, key: Key, now: number): Hold | null {
  const { stops } = context.snapshot()
  return stops.length > 0 ? heldBy(stops, subjectOf(target, key), target.model, now, context.throttles) : null
}

/** When pressed stops are all that keeps the call from its keys, the client is told of the first. */
function onlyHold(context: Context, targets: Target[], skipped: Skipped[]): Hold | null {
  if (skipped.length === 0 || skipped.some(({ why }) => why !== 'stopped')) return null
  for (const target of targets) {
    for (const { key } of target.pool.members) {
      const hold = holdOf(context, target, key, Date.now())
      if (hold) return hold
    }
  }
  return null
}

type Client = { left: boolean; running: Running | null }

function watchClient(reply: Reply): Client {
  const client: Client = { left: false, running: null }
  reply.onClose(() => {
    client.left = true
    client.running?.end('left')
  })
  return client
}

async function send(
  context: Context,
  call: Call,
  reply: Reply,
  progress: Progress,
  { target, key }: Choice,
  client: Client,
): Promise<Forwarded> {
  const { body, endpoint } = progress
  if (!body || !endpoint || key.secret === null)
    throw new Error('an attempt needs a body, an endpoint and a secret')
  const { provider } = key
  const adapted = adaptBody(body, target.model, progress.stream && endpoint.streamOptions)
  const running = forward(
    context.upstream,
    {
      origin: provider.origin,
      path: provider.basePath + endpoint.path,
      headers: upstreamHeaders(call.headers, provider, key.secret, progress.id),
      body: adapted.bytes,
      firstByteTimeoutMs: target.firstByteTimeoutMs ?? provider.firstByteTimeoutMs,
      idleTimeoutMs: provider.idleTimeoutMs,
      hideUsage: adapted.usageAdded,
    },
    reply,
    (status, headers) => reply.head(status, answerHeaders(progress, headers)),
  )
  client.running = running
  if (client.left) running.end('left')
  const remainingMs = provider.totalTimeoutMs - (performance.now() - progress.clock)
  const timer = setTimeout(() => running.end('timeout'), Math.max(1, remainingMs))
  try {
    return await running.result
  } finally {
    clearTimeout(timer)
    client.running = null
  }
}

function attemptOf({ target, key }: Choice, forwarded: Forwarded, startedAt: number): Attempt {
  const failure = forwarded.kind === 'left' ? null : forwarded.failure
  return {
    key_id: key.id,
    provider: key.provider.slug,
    model: target.model,
    class: failure?.class ?? null,
    status: forwarded.kind === 'answered' ? forwarded.status : (failure?.status ?? null),
    ms: Math.round(performance.now() - startedAt),
    ...(failure && { error: plainText(redacted(failure, key).error.message) }),
  }
}

/** What the ending of an attempt says about its key. */
function healthEnding({ key }: Choice, forwarded: Forwarded): Ending {
  const failure = forwarded.kind === 'left' ? null : forwarded.failure
  if (failure) {
    const { class: failureClass, status, retryAfterMs } = failure
    const message = plainText(redacted(failure, key).error.message)
    return { kind: 'failure', class: failureClass, status, message, retryAfterMs }
  }
  return { kind: forwarded.kind === 'answered' && forwarded.ending === 'complete' ? 'success' : 'left' }
}

/** What a JSON column takes: no control characters, no half of a surrogate pair. */
function plainText(text: string): string {
  return text
    .slice(0, 300)
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()
}

function redacted(failure: Failure, key: Key): Failure {
  return { ...failure, error: { ...failure.error, message: redact(failure.error.message, key.secret) } }
}

/** Sends what is left to send, and records. The row is handed over first, so that a door can wait for it. */
async function finish(
  context: Context,
  reply: Reply,
  progress: Progress,
  forwarded: Exclude<Forwarded, { kind: 'failed' }>,
): Promise<void> {
  const broken = forwarded.kind === 'answered' && forwarded.ending === 'broken' && forwarded.failure
  const error = broken && progress.key ? failedCall(redacted(broken, progress.key), progress.attempts) : null
  const saved = record(context, progress, { forwarded, error })
  if (context.awaitLedger) await saved
  if (forwarded.kind === 'left' || forwarded.ending === 'left') return reply.abort()
  if (error && progress.stream)
    reply.end(errorEvent(error, progress.requestId, context.requestUrl(progress.id)))
  else if (error) reply.abort()
  else if (forwarded.body) {
    const headers = answerHeaders(progress, forwarded.headers)
    headers['content-length'] = String(forwarded.body.length)
    reply.head(forwarded.status, headers)
    reply.end(forwarded.body)
  } else reply.end()
}
