import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { z } from 'zod'
import type { Actor } from '@/lib/auth/actor'
import type { Database } from '@/lib/data/database'
import type { Env } from '@/lib/env'
import { AkcpError } from '@/lib/errors'
import { refuseInvalid } from './errors'

export type AdminDependencies = {
  database: Database
  env: Env
  /** Awaited after each successful change, before it is answered. */
  afterChange?: () => Promise<void>
}

export type AdminEnv = { Variables: { actor: Actor; requestId: string } }
export type AdminContext = Context<AdminEnv>

export function createRouter() {
  return new OpenAPIHono<AdminEnv>({
    defaultHook: (result) => {
      if (!result.success) refuseInvalid(result.error)
    },
  })
}

/** The documented answer of a route. */
export function answer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** The documented body of a route. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** An answer without a body. */
export const gone = { description: 'Archived; history keeps the name' }

export function found<Row>(row: Row | undefined, noun: string): Row {
  if (row) return row
  throw new AkcpError('not_found', `There is no such ${noun}.`, {
    hint: 'Check the id; what was archived is not found either.',
  })
}

export function conflict(message: string, hint: string, param?: string): AkcpError {
  return new AkcpError('conflict', message, { hint, param })
}

export function invalid(message: string, param: string, hint?: string): AkcpError {
  return new AkcpError('invalid_request', message, {
    param,
    hint: hint ?? 'Change this field; /api/admin/docs describes all of them.',
  })
}
