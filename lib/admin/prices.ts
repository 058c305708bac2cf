import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { archivePrice, findPrice, insertPrice, listPrices, type PriceDetails } from '@/lib/data/prices'
import { lockProvider } from '@/lib/data/providers'
import { picoToUsdPerMillion } from '@/lib/format'
import { newId } from '@/lib/id'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { price, priceInput, priceList } from '@/lib/schemas/prices'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, body, createRouter, found, gone, invalid } from './router'

const tags = ['prices']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/prices',
    tags,
    summary: 'List your own prices',
    description: 'Models without one are priced from the catalogue that AKCP ships.',
    request: { query: listQuery },
    responses: { 200: answer(priceList, 'Prices, oldest first') },
  }),
  create: createRoute({
    method: 'post',
    path: '/prices',
    tags,
    summary: 'Set a price',
    description: 'Holds from effective_from on. To change a price, add one with a later time.',
    request: { body: body(priceInput) },
    responses: { 201: answer(price, 'The new price') },
  }),
  get: createRoute({
    method: 'get',
    path: '/prices/{id}',
    tags,
    summary: 'One price',
    request: { params: idParam },
    responses: { 200: answer(price, 'The price') },
  }),
  archive: createRoute({
    method: 'delete',
    path: '/prices/{id}',
    tags,
    summary: 'Archive a price; what was charged stays',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

export function priceRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listPrices(db, pageFrom(query))
      return c.json(
        pageOf(rows, query.limit, (row) => [row.price.id], toAnswer),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const input = c.req.valid('json')
      const id = newId()
      await db.transaction(async (tx) => {
        const provider = await lockProvider(tx, input.provider)
        if (!provider) {
          throw invalid(
            `provider: there is no provider ${input.provider}`,
            'provider',
            'GET /api/admin/providers lists them.',
          )
        }
        await insertPrice(tx, {
          id,
          providerId: provider.id,
          model: input.model,
          inputPico: input.input_usd_per_mtok,
          cachedInputPico: input.cached_input_usd_per_mtok,
          outputPico: input.output_usd_per_mtok,
          effectiveFrom: input.effective_from ?? new Date(),
        })
        await recordAudit(tx, c.var.actor, 'create', 'price', id)
      })
      return c.json(toAnswer(found(await findPrice(db, id), 'price')), 201)
    })
    .openapi(routes.get, async (c) => {
      const row = await findPrice(db, c.req.valid('param').id)
      return c.json(toAnswer(found(row, 'price')), 200)
    })
    .openapi(routes.archive, async (c) => {
      await db.transaction(async (tx) => {
        const row = found(await findPrice(tx, c.req.valid('param').id), 'price')
        await archivePrice(tx, row.price.id)
        await recordAudit(tx, c.var.actor, 'archive', 'price', row.price.id)
      })
      return c.body(null, 204)
    })
}

function toAnswer({ price: row, provider }: PriceDetails): z.output<typeof price> {
  return {
    id: row.id,
    provider,
    model: row.model,
    input_usd_per_mtok: picoToUsdPerMillion(row.inputPico),
    cached_input_usd_per_mtok: row.cachedInputPico === null ? null : picoToUsdPerMillion(row.cachedInputPico),
    output_usd_per_mtok: picoToUsdPerMillion(row.outputPico),
    effective_from: row.effectiveFrom.toISOString(),
    created_at: row.createdAt.toISOString(),
  }
}
