/**
 * The path of one call, as a list of steps: authenticate, parse, attribute, route, then attempts (pick a key, adapt,
 * forward) until one answers, then record. Failover ends with the first byte that reaches the client.
 */
import { AkcpError } from '@/lib/errors'
import { errorText, log } from '@/lib/log'
import { within } from '@/lib/within'
import { admit } from './admit'
import { sendError, sendJson } from './answer'
import { attempt } from './attempts'
import { attribute } from './attribution'
import { authenticate, type Caller, checkAddress, invalidKey, presentedKey } from './authenticate'
import { parseBody } from './body'
import { type Call, ClientGone, type Reply } from './call'
import type { Context } from './context'
import { endpointOf } from './endpoints'
import { hint } from './hints'
import { listModels } from './models'
import { answerHeaders, begin, idHeaders, type Progress } from './progress'
import { cannotRecord, recordRefusal } from './record'
import { route } from './route'
import { release } from './settle'
import { heldBy, stoppedError } from './stops'

/** How long a call with an unknown app key may wait for the database. */
const lookUpMs = 2000

/** Never throws; resolves when the answer has been handed to `reply` and its row to the ledger. */
export async function handle(context: Context, call: Call, reply: Reply): Promise<void> {
  const progress = begin(call)
  try {
    await serve(context, call, reply, progress)
  } catch (thrown) {
    await refuse(context, reply, progress, thrown)
  }
  if (reply.status > 0)
    context.metrics.countHttp(call.method, progress.endpoint?.name ?? 'unknown', reply.status)
}

async function serve(context: Context, call: Call, reply: Reply, progress: Progress): Promise<void> {
  if (context.draining()) throw draining()
  const endpoint = endpointOf(call.method, call.path)
  progress.endpoint = endpoint
  const caller = known(context, call) ?? (await lookUp(context, call))
  progress.caller = caller
  checkAddress(caller.app, call.address)
  progress.attribution = attribute(caller.app, call.headers)
  if (endpoint.kind === 'models') {
    sendJson(reply, 200, await listModels(context, caller, progress.attribution), idHeaders(progress))
    return
  }
  if (endpoint.kind === 'me') {
    const report = await within(lookUpMs, context.aboutCaller(caller)).catch((cause) => {
      throw databaseAway('What this app has used cannot be read: the database does not answer.', cause)
    })
    sendJson(reply, 200, report, idHeaders(progress))
    return
  }
  if (context.ledger.full) throw cannotRecord()
  await readBody(call, progress)
  checkStops(context, progress, caller)
  const provider = call.headers['x-llm-provider']
  const targets = route(
    context.snapshot(),
    caller,
    progress.model,
    typeof provider === 'string' ? provider : undefined,
    progress.attribution,
  )
  await attempt(context, call, reply, progress, await admit(context, progress, caller, targets))
}

/** Null for an app key that the snapshot does not have. */
function known(context: Context, call: Call): Caller | null {
  const rawKey = presentedKey(call.headers)
  const caller = authenticate(context.snapshot(), rawKey, context.credentials, Date.now())
  return caller === 'unknown' ? null : caller
}

/** An app key nobody knows may have been made a moment ago, elsewhere: look once, together with all who wait. */
async function lookUp(context: Context, call: Call): Promise<Caller> {
  try {
    await within(lookUpMs, context.refresh())
  } catch (cause) {
    throw databaseAway('The app key cannot be checked: the database does not answer.', cause)
  }
  const caller = known(context, call)
  if (!caller) throw invalidKey('The app key is not known.')
  return caller
}

/** Stops of pools, providers and keys are looked at when a key is picked; throttling ones with the limits. */
function checkStops(context: Context, progress: Progress, { app }: Caller): void {
  const { stops } = context.snapshot()
  if (stops.length === 0) return
  const subject = { global: '', ...progress.attribution, app: app.id }
  const stop = heldBy(stops, subject, progress.model, progress.startedAt)
  if (stop) throw stoppedError(stop)
}

async function readBody(call: Call, progress: Progress): Promise<void> {
  const type = String(call.headers['content-type'] ?? '')
  if (!/^application\/json\b/i.test(type)) {
    throw new AkcpError(
      'unsupported_media_type',
      `The content type ${type.slice(0, 80) || '(none)'} is not accepted here.`,
      {
        hint: hint('sendJson'),
      },
    )
  }
  const asked = performance.now()
  const bytes = await call.body()
  progress.outsideMs += performance.now() - asked
  const body = parseBody(bytes)
  progress.body = body
  progress.stream = body.value.stream === true
  const { model } = body.value
  if (model === undefined || model === null || model === '') {
    throw new AkcpError('model_required', 'The request names no model.', {
      hint: hint('addModel'),
      param: 'model',
    })
  }
  if (typeof model !== 'string' || model.length > 256 || !/^[\x21-\x7e]+$/.test(model)) {
    throw new AkcpError('invalid_request', 'The model is not a name.', {
      hint: hint('modelForm'),
      param: 'model',
    })
  }
  progress.model = model
}

async function refuse(context: Context, reply: Reply, progress: Progress, thrown: unknown): Promise<void> {
  release(context, progress)
  if (thrown instanceof ClientGone) return
  const error = thrown instanceof AkcpError ? thrown : unexpected(thrown, progress)
  if (progress.tries === 0) context.metrics.countRefusal(error.code)
  if (progress.caller) await recordRefusal(context, progress, error)
  sendError(
    reply,
    error,
    progress.requestId,
    // Only calls of a known app are in the ledger.
    progress.caller && progress.endpoint?.kind === 'generate' ? context.requestUrl(progress.id) : null,
    progress.tries ? answerHeaders(progress, {}) : idHeaders(progress),
    progress.caller?.app.language,
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
    hint: hint('reportRequestId'),
    cause: thrown,
  })
}

function databaseAway(message: string, cause: unknown): AkcpError {
  return new AkcpError('service_unavailable', message, {
    hint: hint('tryAgainSoon'),
    headers: { 'retry-after': '5' },
    cause,
  })
}

function draining(): AkcpError {
  return new AkcpError('draining', 'This gateway is shutting down.', {
    hint: hint('draining'),
    headers: { 'retry-after': '5', connection: 'close' },
  })
}
