import { createRoute } from '@hono/zod-openapi'
import { recordAudit } from '@/lib/auth/audit'
import type { Db } from '@/lib/data/database'
import { findProviderBySlug } from '@/lib/data/providers'
import { readSettings, writeSetting } from '@/lib/data/settings'
import { ratesWith } from '@/lib/exchange-rates'
import { type Settings, settings, settingsPatch } from '@/lib/schemas/settings'
import { type AdminDependencies, answer, body, createRouter, invalid } from './router'

const tags = ['settings']

const routes = {
  get: createRoute({
    method: 'get',
    path: '/settings',
    tags,
    summary: 'The organisation’s settings',
    responses: { 200: answer(settings, 'All settings') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/settings',
    tags,
    summary: 'Change settings',
    request: { body: body(settingsPatch) },
    responses: { 200: answer(settings, 'All settings') },
  }),
}

export function settingsRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.get, async (c) => c.json(await allSettings(db), 200))
    .openapi(routes.patch, async (c) => {
      const input = c.req.valid('json')
      await db.transaction(async (tx) => {
        const { default_provider: slug } = input
        if (slug && !(await findProviderBySlug(tx, slug))) {
          throw invalid(`default_provider: there is no provider ${slug}`, 'default_provider')
        }
        for (const [name, value] of Object.entries(input)) await writeSetting(tx, name, value)
        await recordAudit(tx, c.var.actor, 'update', 'settings', 'settings', { fields: Object.keys(input) })
      })
      return c.json(await allSettings(db), 200)
    })
}

/** What was never set has its default. */
async function allSettings(db: Db): Promise<Settings> {
  const { exchange_rates: rates, ...set } = await readSettings(db, Object.keys(settings.shape))
  return settings.parse({ ...set, exchange_rates: ratesWith(rates) })
}
