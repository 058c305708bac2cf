import { createRoute } from '@hono/zod-openapi'
import { redeemSetup } from '@/lib/auth/setup'
import { member } from '@/lib/schemas/members'
import { setupInput } from '@/lib/schemas/setup'
import { type AdminDependencies, answer, body, createRouter } from './router'

const create = createRoute({
  method: 'post',
  path: '/setup',
  tags: ['setup'],
  summary: 'Make the first owner',
  description:
    'Needs no other authorisation than the token of the set-up link, which works once. Answers 404 once there is an owner.',
  security: [],
  request: { body: body(setupInput) },
  responses: { 201: answer(member, 'The owner') },
})

export function setupRoutes({ database: { db } }: AdminDependencies) {
  return createRouter().openapi(create, async (c) => {
    const { token, ...owner } = c.req.valid('json')
    return c.json(await redeemSetup(db, token, owner), 201)
  })
}
