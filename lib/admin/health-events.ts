import { createRoute } from '@hono/zod-openapi'
import { listHealthEvents } from '@/lib/data/health-events'
import { healthEventList, healthEventQuery } from '@/lib/schemas/health-events'
import { pageOf, timePosition } from './page'
import { type AdminDependencies, answer, createRouter } from './router'

const route = createRoute({
  method: 'get',
  path: '/health-events',
  tags: ['health'],
  summary: 'List when keys went down, cooled off and came back',
  request: { query: healthEventQuery },
  responses: { 200: answer(healthEventList, 'Health events, newest first') },
})

export function healthEventRoutes({ database }: AdminDependencies) {
  return createRouter().openapi(route, async (c) => {
    const { limit, cursor, key_id } = c.req.valid('query')
    const after = cursor ? timePosition(cursor) : undefined
    const rows = await listHealthEvents(database, key_id, after, limit + 1)
    return c.json(
      pageOf(
        rows,
        limit,
        (row) => [row.ts, row.id],
        (row) => ({ ...row, ts: new Date(row.ts).toISOString() }),
      ),
      200,
    )
  })
}
