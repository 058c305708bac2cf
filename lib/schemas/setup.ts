import { z } from 'zod'
import { strict } from './fields'
import { email, password } from './members'

export const setupInput = strict({
  token: z.string().min(1).max(200),
  email,
  password,
  name: z.string().trim().max(100).optional(),
})
