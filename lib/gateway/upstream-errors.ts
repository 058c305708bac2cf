import type { Attempt } from '@/drizzle/schema'
import { AkcpError, type Hint } from '@/lib/errors'
import type { Stop } from '@/lib/registry/snapshot'
import { unpriced } from './admit'
import { budgetError, limitError } from './bounds'
import type { Failure } from './failure'
import { hint } from './hints'
import type { Search } from './search'

/**
 * What the client is told when every attempt has failed. A provider's own answer about the request itself passes
 * through with its status and message; everything else is ours to answer for.
 */
export function failedCall(failure: Failure, attempts: Attempt[]): AkcpError {
  const tried = attempts.map(({ key_id, class: attemptClass, status }) => ({
    key_id,
    class: attemptClass,
    status,
  }))
  const extra = { attempts: tried }
  const retryAfter = { 'retry-after': String(Math.ceil((failure.retryAfterMs ?? 5000) / 1000)) }
  const all = (attemptClass: string) => attempts.every((attempt) => attempt.class === attemptClass)
  if (failure.class === 'request') return rejectedByProvider(failure, extra)
  if (all('model')) {
    return new AkcpError(
      'model_not_found',
      `The provider does not serve this model: ${failure.error.message}`,
      {
        hint: hint('checkModelName'),
        param: 'model',
        extra,
      },
    )
  }
  if (all('rate')) {
    return new AkcpError(
      'no_healthy_key',
      'Every key that could serve this call is rate-limited by its provider.',
      {
        hint: hint('waitOrAddKeys'),
        headers: retryAfter,
        extra,
      },
    )
  }
  if (failure.class === 'timeout') {
    return new AkcpError(
      'upstream_timeout',
      `The provider did not answer in time: ${failure.error.message}.`,
      {
        hint: hint('raiseTimeouts'),
        extra,
      },
    )
  }
  return new AkcpError(
    'upstream_error',
    `The provider failed: ${failure.error.message || `status ${failure.status}`}`,
    {
      hint: hintFor(failure),
      extra,
    },
  )
}

function hintFor(failure: Failure): Hint {
  if (failure.class === 'auth') return hint('enterSecretAgain')
  if (failure.class === 'quota') return hint('topUp')
  if (failure.class === 'network') return hint('checkNetwork')
  return hint('seeAttempts')
}

function rejectedByProvider(failure: Failure, extra: Record<string, unknown>): AkcpError {
  const { message, type, code, param } = failure.error
  const error = new AkcpError('invalid_request', message || 'The provider rejected the request.', {
    hint: hint('rejectedByProvider'),
    ...(param && { param }),
    extra: { ...(type && { type }), ...(code && { code }), ...extra },
  })
  return error.withStatus(failure.status ?? 400)
}

/** No key could be tried at all: for want of money, over limits, or because all of them are out. */
export function noKey({ skipped, refusals }: Search, model: string, stops: Stop[], now: number): AkcpError {
  const reasons = [...new Set(skipped.map(({ why }) => why))].slice(0, 5).join('; ')
  const message = `No key can serve this call${reasons ? ` (${reasons})` : ': its pool has no keys'}.`
  const able = skipped.filter(
    ({ why }) => why === 'money' || why.startsWith('over its') || why.startsWith('out:'),
  )
  const retries = able.flatMap(({ retry_at }) => (retry_at ? [retry_at - now] : []))
  const seconds = retries.length > 0 ? Math.max(1, Math.ceil(Math.min(...retries) / 1000)) : 30
  if (able.length === 0 && skipped.some(({ why }) => why === 'unpriced')) return unpriced(model)
  if (able.length > 0 && refusals.money && able.every(({ why }) => why === 'money'))
    return budgetError(refusals.money)
  if (refusals.rate && able.every(({ why }) => !why.startsWith('out:')))
    return limitError(refusals.rate, stops)
  return new AkcpError('no_healthy_key', message, {
    hint: hint(retries.length > 0 ? 'waitForFirstKey' : 'addKey'),
    headers: { 'retry-after': String(seconds) },
  })
}
