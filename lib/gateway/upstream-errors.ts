import type { Attempt } from '@/drizzle/schema'
import { AkcpError } from '@/lib/errors'
import type { Failure } from './forward'
import type { Skipped } from './pick-key'

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
        hint: 'Check the model’s name with the provider, and that the key’s account may use it.',
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
        hint: 'Wait for Retry-After, or add keys to the pool.',
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
        hint: 'Try again; raise the provider’s first_byte_timeout_ms or total_timeout_ms when its answers take this long.',
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

function hintFor(failure: Failure): string {
  if (failure.class === 'auth')
    return 'The provider refuses our key: its secret must be entered again under Keys.'
  if (failure.class === 'quota')
    return 'The key’s account at the provider is out of credit: top it up or add a key.'
  if (failure.class === 'network')
    return 'The provider could not be reached: check its base_url and this server’s network.'
  return 'Try again; error.attempts says what each key answered.'
}

function rejectedByProvider(failure: Failure, extra: Record<string, unknown>): AkcpError {
  const { message, type, code, param } = failure.error
  const error = new AkcpError('invalid_request', message || 'The provider rejected the request.', {
    hint: 'The provider rejected the request itself; another key would be told the same.',
    ...(param && { param }),
    extra: { ...(type && { type }), ...(code && { code }), ...extra },
  })
  return error.withStatus(failure.status ?? 400)
}

/** No key could be tried at all. */
export function noKey(skipped: Skipped[], now: number): AkcpError {
  const reasons = [...new Set(skipped.map(({ why }) => why))].slice(0, 5).join('; ')
  const message = `No key can serve this call${reasons ? ` (${reasons})` : ': its pool has no keys'}.`
  const retries = skipped.flatMap(({ retry_at }) => (retry_at ? [retry_at - now] : []))
  const seconds = retries.length > 0 ? Math.max(1, Math.ceil(Math.min(...retries) / 1000)) : 30
  return new AkcpError('no_healthy_key', message, {
    hint:
      retries.length > 0
        ? 'Wait for Retry-After, when the first key is tried again, or add keys to the pool.'
        : 'Add or enable a key of this environment under Keys, or enter its secret again.',
    headers: { 'retry-after': String(seconds) },
  })
}
