/**
 * The path of one call, as a list of steps: authenticate, parse, attribute, route, then attempts (pick a key, adapt,
 * forward) until one answers, then record. Failover ends with the first byte that reaches the client.
 */
import { AkcpError } from '@/lib/errors'
import { errorText, log } from '@/lib/log'
import { sendError, sendJson } from './answer'
import { attempt } from './attempts'
import { attribute } from './attribution'
import { authenticate, type Caller, checkAddress, invalidKey, presentedKey } from './authenticate'
import { parseBody } from './body'
import { type Call, ClientGone, type Reply } from './call'
import type { Context } from './context'
import { endpointOf } from './endpoints'
import { listModels } from './models'
import { answerHeaders, begin, idHeaders, type Progress } from './progress'
import { recordRefusal } from './record'
import { route } from './route'
import { heldBy, pass, stoppedError } from './stops'

/** How long a call with an unknown app key may wait for the database. */
const lookUpMs = 2000

/** Never throws; resolves when the answer has been handed to `reply` and its row to the ledger. */
export async function handle(context: Context, call: Call, reply: Reply): Promise<void> {
  const progress = begin(call)
  const counted = counting(context, call, reply, progress)
  try {
    await serve(context, call, counted, progress)
  } catch (thrown) {
    await refuse(context, counted, progress, thrown)
  }
}

/** Counts the answer's status when its head goes out. */
function counting({ metrics }: Context, call: Call, reply: Reply, progress: Progress): Reply {
  return {
    ...reply,
    head(status, headers) {
      metrics.countHttp(call.method, progress.endpoint?.name ?? 'unknown', status)
      reply.head(status, headers)
    },
  }
}

async function serve(context: Context, call: Call, reply: Reply, progress: Progress): Promise<void> {
  if (context.draining()) throw draining()
  const endpoint = endpointOf(call.method, call.path)
  progress.endpoint = endpoint
  const caller = await identify(context, call)
  progress.caller = caller
  checkAddress(caller.app, call.address)
  progress.attribution = attribute(caller.app, call.headers)
  if (endpoint.kind === 'models') {
    sendJson(reply, 200, await listModels(context, caller), idHeaders(progress))
    return
  }
  if (context.ledger.full) throw ledgerFull()
  await readBody(call, progress)
  checkStops(context, progress, caller)
  const provider = call.headers['x-llm-provider']
  const targets = route(
    context.snapshot(),
    caller,
    progress.model,
    typeof provider === 'string' ? provider : undefined,
  )
  await attempt(context, call, reply, progress, targets)
}

/** An app key nobody knows may have been made a moment ago, elsewhere: look once, together with all who wait. */
async function identify(context: Context, call: Call): Promise<Caller> {
  const rawKey = presentedKey(call.headers)
  const ask = () => authenticate(context.snapshot(), rawKey, context.credentials, Date.now())
  const first = ask()
  if (first !== 'unknown') return first
  try {
    await within(lookUpMs, context.refresh())
  } catch (cause) {
    throw new AkcpError(
      'service_unavailable',
      'The app key cannot be checked: the database does not answer.',
      {
        hint: 'Try again in a few seconds.',
        headers: { 'retry-after': '5' },
        cause,
      },
    )
  }
  const second = ask()
  if (second === 'unknown') throw invalidKey('The app key is not known.')
  return second
}

/** Stops of pools, providers and keys are looked at when a key is picked. */
function checkStops(context: Context, progress: Progress, { app }: Caller): void {
  const { stops } = context.snapshot()
  if (stops.length === 0) return
  const subject = { global: '', ...progress.attribution, app: app.id }
  const hold = heldBy(stops, subject, progress.model, progress.startedAt, context.throttles)
  if (hold) throw stoppedError(hold)
  pass(stops, subject, progress.startedAt, context.throttles)
}

/** Rejects when `work` takes longer than `ms`: a database may hang instead of failing. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

async function readBody(call: Call, progress: Progress): Promise<void> {
  const type = String(call.headers['content-type'] ?? '')
  if (!/^application\/json\b/i.test(type)) {
    throw new AkcpError(
      'unsupported_media_type',
      `The content type ${type.slice(0, 80) || '(none)'} is not accepted here.`,
      {
        hint: 'Send content-type: application/json.',
      },
    )
  }
  const body = parseBody(await call.body())
  progress.body = body
  progress.stream = body.value.stream === true
  const { model } = body.value
  if (model === undefined || model === null || model === '') {
    throw new AkcpError('model_required', 'The request names no model.', {
      hint: 'Add "model"; GET /api/v1/models lists what this app may use.',
      param: 'model',
    })
  }
  if (typeof model !== 'string' || model.length > 256 || !/^[\x21-\x7e]+$/.test(model)) {
    throw new AkcpError('invalid_request', 'The model is not a name.', {
      hint: 'Use a text of 1 to 256 printable ASCII characters without spaces.',
      param: 'model',
    })
  }
  progress.model = model
}

async function refuse(context: Context, reply: Reply, progress: Progress, thrown: unknown): Promise<void> {
  if (thrown instanceof ClientGone) return
  const error = thrown instanceof AkcpError ? thrown : unexpected(thrown, progress)
  const saved = progress.caller ? recordRefusal(context, progress, error) : Promise.resolve()
  if (context.awaitLedger) await saved
  sendError(
    reply,
    error,
    progress.requestId,
    // Only calls of a known app are in the ledger.
    progress.caller && progress.endpoint?.kind === 'generate' ? context.requestUrl(progress.id) : null,
    progress.tries ? answerHeaders(progress, {}) : idHeaders(progress),
  )
}

function unexpected(thrown: unknown, progress: Progress): AkcpError {
  log.error(
    {
      request_id: progress.requestId,
      id: progress.id,
      error: errorText(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
    },
    'a call failed unexpectedly',
  )
  return new AkcpError('internal_error', 'The gateway failed to handle this call.', {
    hint: 'Try again; give the request_id to whoever runs this gateway when it keeps failing.',
    cause: thrown,
  })
}

function draining(): AkcpError {
  return new AkcpError('draining', 'This gateway is shutting down.', {
    hint: 'Try again in a few seconds; another process or the restarted one will answer.',
    headers: { 'retry-after': '5', connection: 'close' },
  })
}

function ledgerFull(): AkcpError {
  return new AkcpError(
    'service_unavailable',
    'Calls cannot be recorded: the database has been away too long.',
    {
      hint: 'Try again when it is back; nothing is served that cannot be accounted for.',
      headers: { 'retry-after': '10' },
    },
  )
}
