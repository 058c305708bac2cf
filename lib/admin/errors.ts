import { HTTPException } from 'hono/http-exception'
import type { z } from 'zod'
import { AkcpError } from '@/lib/errors'
import { errorText, log } from '@/lib/log'

const docs = 'The fields and their forms are described at /api/admin/docs.'

/** Throws the first problem of a body, query or path. Messages say what was expected, never what was sent. */
export function refuseInvalid(error: z.core.$ZodError): never {
  const [issue] = error.issues
  const path = issue?.path.map(String).join('.') ?? ''
  const param = issue?.code === 'unrecognized_keys' ? [path, issue.keys[0]].filter(Boolean).join('.') : path
  const message = issue?.message ?? 'invalid'
  throw new AkcpError('invalid_request', path ? `${path}: ${message}` : message, { hint: docs, param })
}

/** Anything thrown as the error that the caller sees. */
export function toAkcpError(error: unknown): AkcpError {
  if (error instanceof AkcpError) return error
  if (error instanceof HTTPException) return fromHttp(error)
  const known = fromDatabase(databaseError(error))
  if (known) return known
  log.error({ error: errorText(databaseError(error) ?? error) }, 'admin API failed')
  return new AkcpError('internal_error', 'Something went wrong inside AKCP.', {
    hint: 'Try again; the log has a line with this request’s time and the cause.',
    cause: error,
  })
}

function fromHttp(error: HTTPException): AkcpError {
  if (error.status === 415) {
    return new AkcpError('unsupported_media_type', 'The body must be JSON.', {
      hint: 'Send the header content-type: application/json.',
    })
  }
  return new AkcpError('invalid_request', 'The body is not valid JSON.', {
    hint: 'Send one JSON object in UTF-8.',
  })
}

type DatabaseError = Error & { code?: unknown; constraint_name?: unknown }

/** Drizzle wraps what the database said in an error whose message holds the query's values: those stay inside. */
function databaseError(error: unknown): DatabaseError | undefined {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return inner instanceof Error && 'code' in inner ? inner : undefined
}

const taken: Record<string, [string, string]> = {
  providers_slug: ['slug', 'a provider with this slug'],
  keys_provider_name: ['name', 'a key with this name at this provider'],
  pools_slug: ['slug', 'a pool with this slug'],
  model_routes_name: ['name', 'a model with this name'],
  prices_at: ['effective_from', 'a price of this model from the same time on'],
  apps_name: ['name', 'an app with this name'],
  budgets_scope: ['budgets', 'a budget of this period'],
  members_email: ['email', 'a member with this address'],
}

function fromDatabase(error: DatabaseError | undefined): AkcpError | undefined {
  const code = typeof error?.code === 'string' ? error.code : ''
  if (code === '23505') {
    const [param, what] = taken[String(error?.constraint_name)] ?? [undefined, 'an entry like this']
    return new AkcpError('conflict', `There is already ${what}.`, {
      hint: 'Use another value, or change the existing one.',
      param,
    })
  }
  if (code === '40P01' || code === '40001') {
    return new AkcpError('service_unavailable', 'Another change was made at the same moment.', {
      hint: 'Nothing was changed. Send the request again.',
      headers: { 'retry-after': '1' },
    })
  }
  // Text with a NUL character, a number out of range, a time zone that PostgreSQL does not know.
  if (code.startsWith('22')) {
    return new AkcpError('invalid_request', 'A value cannot be stored.', {
      hint: 'Text must not contain NUL characters and numbers must be of a usual size.',
      cause: error,
    })
  }
  const unreachable = /^(08|53|57P)|^(ECONN|ETIMEDOUT|ENOTFOUND|EPIPE|CONNECT)/
  if (!unreachable.test(code)) return undefined
  log.error({ error: errorText(error) }, 'admin API cannot reach PostgreSQL')
  return new AkcpError('service_unavailable', 'The database cannot be reached.', {
    hint: 'Try again in a moment; /api/ready says when it is back.',
    headers: { 'retry-after': '2' },
    cause: error,
  })
}
