import type { Attempt } from '@/drizzle/schema'
import type { Ending } from '@/lib/health/book'
import { isBreaker } from '@/lib/health/state'
import { redact } from '@/lib/providers/redact'
import type { Key, Target } from '@/lib/registry/snapshot'
import { adaptBody, upstreamHeaders } from './adapt'
import { errorEvent } from './answer'
import type { Call, Reply } from './call'
import type { Context } from './context'
import type { Failure } from './failure'
import { type Forwarded, forward, type Running } from './forward'
import { answerHeaders, type Progress } from './progress'
import { record, recordAttempt } from './record'
import { backoffMs } from './retry-budget'
import { type Choice, Search } from './search'
import { releaseChoice } from './settle'
import { stoppedError } from './stops'
import { failedCall, noKey } from './upstream-errors'

/** How exactly the total timeout is kept. */
const stepMs = 50

/** Tries keys until one answers. Ends with the answer sent and recorded, or throws what the client is told. */
export async function attempt(
  context: Context,
  call: Call,
  reply: Reply,
  progress: Progress,
  targets: Target[],
): Promise<void> {
  const client = watchClient(reply)
  const search = new Search(context, progress, targets)
  const poolId = targets[0]?.pool.id ?? ''
  context.retries.noteCall(poolId)
  let failure: Failure | null = null
  let failures = 0
  let repeats = 0
  while (!client.left) {
    const choice = await search.next(() => client.left)
    progress.skipped = search.skipped
    if (!choice) {
      if (!failure || !(await mayRepeat(context, progress, client, failure, repeats))) break
      repeats++
      search.readmit()
      continue
    }
    const forwarded = await tryKey(context, call, reply, progress, choice, client)
    if (forwarded.kind !== 'failed') return await finish(context, reply, progress, forwarded)
    failure = redacted(forwarded.failure, choice.key)
    search.exclude(choice.key)
    if (isTooSlow(choice, failure)) search.close(choice.target)
    if (failure.class === 'request') break
    // Of these, the provider has not said that the key is the reason: they may hit every key, so they are counted.
    if (isBreaker(failure.class)) {
      if (++failures > choice.key.provider.maxRetries || !context.retries.take(poolId)) break
    }
  }
  if (client.left) return await finish(context, reply, progress, { kind: 'left' })
  if (failure) throw failedCall(failure, progress.attempts)
  const stop = search.onlyStop()
  throw stop ? stoppedError(stop) : noKey(search, progress.model, context.snapshot().stops, Date.now())
}

/** Waits before the keys that failed are tried again; false when that is of no use. */
async function mayRepeat(
  context: Context,
  progress: Progress,
  client: Client,
  failure: Failure,
  repeats: number,
): Promise<boolean> {
  const { key } = progress
  if (!key || (failure.class !== 'provider' && failure.class !== 'network')) return false
  const waitMs = backoffMs(repeats, context.random)
  if (performance.now() - progress.clock + waitMs > key.provider.totalTimeoutMs) return false
  await new Promise((resolve) => setTimeout(resolve, waitMs))
  progress.outsideMs += waitMs
  return !client.left
}

/** A route's own limit for the first byte: another key of the same target would be as slow. */
function isTooSlow({ target, key }: Choice, failure: Failure): boolean {
  const own = target.firstByteTimeoutMs
  return failure.class === 'timeout' && own !== null && own < key.provider.firstByteTimeoutMs
}

async function tryKey(
  context: Context,
  call: Call,
  reply: Reply,
  progress: Progress,
  choice: Choice,
  client: Client,
): Promise<Forwarded> {
  const { target, key } = choice
  progress.target = target
  progress.key = key
  progress.choice = choice
  await recordAttempt(context, progress)
  progress.tries++
  const startedAt = performance.now()
  progress.tried.push({ provider: key.provider, startedAt })
  const sentAt = Date.now()
  context.loads.begin(key.id, target.model)
  const forwarded = await send(context, call, reply, progress, choice, client)
  progress.outsideMs += performance.now() - startedAt
  const now = Date.now()
  const firstByteMs = forwarded.kind === 'answered' ? forwarded.firstByteAt - startedAt : null
  context.loads.end(key.id, target.model, firstByteMs, now)
  progress.attempts.push(attemptOf(choice, forwarded, startedAt))
  context.health.report(key.id, target.model, healthEnding(choice, forwarded), sentAt, now)
  if (forwarded.kind === 'failed') releaseChoice(context, progress, forwarded.failure)
  return forwarded
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
  const adapted = adaptBody(body, target.model, {
    wantsUsage: progress.stream && endpoint.streamOptions,
    maxTokens: progress.maxTokensApplied,
    provider,
  })
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
  // In steps: timers of equal length share a list, and one of a length of its own is among the dearer steps of a call.
  const timer = setTimeout(
    () => running.end('total timeout'),
    Math.max(1, Math.ceil(remainingMs / stepMs) * stepMs),
  )
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
function healthEnding(choice: Choice, forwarded: Forwarded): Ending {
  const { key } = choice
  const failure = forwarded.kind === 'left' ? null : forwarded.failure
  // Slower than a route wants is not yet broken.
  if (failure && !isTooSlow(choice, failure)) {
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
  if (saved) await saved
  // No client has a whole answer of which the journal, should this process die now, knows only the beginning.
  await context.journal?.written()
  if (forwarded.kind === 'left' || forwarded.ending === 'left') return reply.abort()
  if (error && progress.stream)
    reply.end(
      errorEvent(error, progress.requestId, context.requestUrl(progress.id), progress.caller?.app.language),
    )
  else if (error) reply.abort()
  else if (forwarded.body) {
    const headers = answerHeaders(progress, forwarded.headers)
    headers['content-length'] = String(forwarded.body.length)
    reply.head(forwarded.status, headers)
    reply.end(forwarded.body)
  } else reply.end()
}
