import { probe } from '@/lib/health/probe'
import { log } from '@/lib/log'
import { allows } from '@/lib/registry/model-list'
import type { Key } from '@/lib/registry/snapshot'
import type { Attribution } from './attribution'
import type { Caller } from './authenticate'
import type { Context } from './context'
import { policiesOf } from './policies'

const keptMs = 10 * 60_000
const retryMs = 60_000

type Listed = { models: string[]; until: number }
const listings = new WeakMap<Context, Map<string, Promise<Listed>>>()

/** `GET /models`: the model routes this app may use, and what the providers of its pools say they serve. */
export async function listModels(context: Context, caller: Caller, attribution: Attribution) {
  const snapshot = context.snapshot()
  const { app } = caller
  const pools = [...snapshot.pools.values()].filter(
    (pool) => app.environments.includes(pool.environment) && (app.pools === null || app.pools.has(pool.id)),
  )
  const found = new Map<string, string>()
  for (const route of [...snapshot.routes.values(), ...snapshot.wildcardRoutes]) {
    if (route.targets.some(({ pool }) => pools.includes(pool))) found.set(route.name, 'akcp')
  }
  const keyOfProvider = new Map<string, Key>()
  for (const { key } of pools.flatMap((pool) => pool.members)) {
    if (key.secret !== null && key.status !== 'disabled' && key.provider.enabled)
      keyOfProvider.set(key.providerId, key)
  }
  await Promise.all(
    [...keyOfProvider.values()].map(async (key) => {
      for (const model of await modelsOf(context, key))
        if (!found.has(model)) found.set(model, key.provider.slug)
    }),
  )
  const lists = [app, caller, ...policiesOf(snapshot, attribution)].map(({ models }) => models)
  const data = [...found]
    .filter(([id]) => lists.every((list) => allows(list, id)))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([id, owned_by]) => ({ id, object: 'model', created: 0, owned_by }))
  return { object: 'list', data }
}

/** Kept for ten minutes per provider; a provider that does not answer lists nothing and is asked again in one. */
async function modelsOf(context: Context, key: Key): Promise<string[]> {
  const known = listings.get(context) ?? new Map<string, Promise<Listed>>()
  listings.set(context, known)
  const name = `${key.providerId} ${key.provider.baseUrl}`
  const kept = await known.get(name)
  if (kept && kept.until > Date.now()) return kept.models
  const asked = askModels(context, key)
  known.set(name, asked)
  return (await asked).models
}

async function askModels(context: Context, key: Key): Promise<Listed> {
  const { provider, secret } = key
  const result = await probe(context.upstream, {
    baseUrl: provider.baseUrl,
    headers: provider.headers,
    secret: secret ?? '',
  })
  if (result.ok) return { models: result.models, until: Date.now() + keptMs }
  log.warn({ provider: provider.slug, error: result.error }, 'the provider did not list its models')
  return { models: [], until: Date.now() + retryMs }
}
