import { z } from 'zod'
import { strict } from './fields'

export const password = z
  .string()
  .min(12, 'expected at least 12 characters')
  .max(1024, 'expected at most 1024 characters')

export const setupInput = strict({
  token: z.string().min(1).max(200),
  email: z.email('expected an e-mail address').max(254),
  password,
  name: z.string().trim().max(100).optional(),
})

export const member = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    role: z.enum(['owner', 'operator', 'developer', 'finance', 'viewer']),
  })
  .meta({ id: 'Member' })

export const me = z
  .object({
    kind: z.enum(['token', 'session']),
    name: z.string(),
    role: z.enum(['owner', 'operator', 'developer', 'finance', 'viewer']),
  })
  .meta({ id: 'Actor' })
