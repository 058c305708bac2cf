import { createRoute } from '@hono/zod-openapi'
import { recordAudit } from '@/lib/auth/audit'
import { deleteBalance, writeBalance } from '@/lib/data/balances'
import { findKey } from '@/lib/data/keys'
import { readSettings } from '@/lib/data/settings'
import { decimal, ratesWith, toUsdNanos } from '@/lib/exchange-rates'
import { idParam } from '@/lib/schemas/fields'
import { balanceInput, key } from '@/lib/schemas/keys'
import { readKey } from './key-answer'
import { type AdminDependencies, answer, body, createRouter, found, invalid } from './router'

const tags = ['keys']

const routes = {
  put: createRoute({
    method: 'put',
    path: '/keys/{id}/balance',
    tags,
    summary: 'Type in what the account of a key has left',
    description:
      'From then on it becomes less with what the key costs. Where the provider tells balances, what it says replaces it at the next reading.',
    request: { params: idParam, body: body(balanceInput) },
    responses: { 200: answer(key, 'The key') },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/keys/{id}/balance',
    tags,
    summary: 'Forget the balance of a key',
    request: { params: idParam },
    responses: { 204: { description: 'Forgotten' } },
  }),
}

export function keyBalanceRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.put, async (c) => {
      const { amount, currency } = c.req.valid('json')
      const { id: keyId } = found(await findKey(db, c.req.valid('param').id), 'key').key
      const { exchange_rates } = await readSettings(db, ['exchange_rates'])
      const text = decimal(amount)
      const usdNanos = toUsdNanos(text, currency, ratesWith(exchange_rates))
      if (usdNanos === null) throw noRate(currency)
      await db.transaction(async (tx) => {
        const given = { amount: text, typedAmount: text, currency, usdNanos, perDayNanos: null }
        await writeBalance(tx, { keyId, ...given, source: 'manual', readAt: new Date() })
        await recordAudit(tx, c.var.actor, 'update', 'key', keyId, { fields: ['balance'], amount, currency })
      })
      return c.json(await readKey(db, keyId), 200)
    })
    .openapi(routes.remove, async (c) => {
      const { id: keyId } = found(await findKey(db, c.req.valid('param').id), 'key').key
      await db.transaction(async (tx) => {
        if (!(await deleteBalance(tx, keyId))) return
        await recordAudit(tx, c.var.actor, 'update', 'key', keyId, { fields: ['balance'] })
      })
      return c.body(null, 204)
    })
}

function noRate(currency: string) {
  return invalid(
    `currency: there is no exchange rate for ${currency}`,
    'currency',
    `Set one first: PATCH /api/admin/settings {"exchange_rates": {"${currency}": {"usd": …, "as_of": "2026-03-01"}, …}}.`,
  )
}
