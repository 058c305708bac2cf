import { AkcpError } from '@/lib/errors'
import type { Policy } from '@/lib/registry/bounds'
import { allows, type ModelList, names } from '@/lib/registry/model-list'
import {
  defaultPoolKey,
  type ModelRoute,
  type Pool,
  type Provider,
  type Snapshot,
  type Target,
} from '@/lib/registry/snapshot'
import type { Attribution } from './attribution'
import type { Caller } from './authenticate'
import { hint } from './hints'
import { policiesOf } from './policies'

/**
 * Where a call for `model` may go, best first: a model route, else `provider/model`, else the provider that
 * `X-LLM-Provider` names, else the providers whose patterns match, else the default provider.
 * Throws `model_not_allowed` and `model_not_found`.
 */
export function route(
  snapshot: Snapshot,
  caller: Caller,
  model: string,
  providerSlug: string | undefined,
  attribution: Attribution | null,
): Target[] {
  const found = findRoute(snapshot, model)
  const inferred = found ? null : inferProviders(snapshot, model, providerSlug)
  const policies = attribution ? policiesOf(snapshot, attribution) : []
  checkAllowed(caller, policies, model, inferred?.model ?? model)
  const targets: Target[] = []
  const now = Date.now()
  for (const target of found ? routeTargets(found, model) : providerTargets(snapshot, caller, inferred)) {
    if (mayUsePool(caller, target.pool)) addWithFallbacks(targets, snapshot, target, now)
  }
  if (targets.length > 0) return targets
  throw notFound(
    model,
    found
      ? `none of the pools of its model route`
      : inferred?.providers.length
        ? `no pool of ${list(inferred.providers)}`
        : null,
    caller,
  )
}

export function findRoute(snapshot: Snapshot, model: string): ModelRoute | undefined {
  return (
    snapshot.routes.get(model) ??
    snapshot.wildcardRoutes.find(({ name }) => model.startsWith(name.slice(0, -1)))
  )
}

/** A target's model that ends in `*` takes over what the route's own `*` stood for. */
function routeTargets({ name, targets }: ModelRoute, model: string): Target[] {
  if (!targets.some((target) => target.model.endsWith('*'))) return targets
  const rest = name.endsWith('*') ? model.slice(name.length - 1) : ''
  return targets.map((target) => ({
    ...target,
    model: target.model.endsWith('*') ? target.model.slice(0, -1) + rest : target.model,
  }))
}

type Inferred = { providers: Provider[]; model: string }

function inferProviders(snapshot: Snapshot, model: string, providerSlug: string | undefined): Inferred {
  if (providerSlug !== undefined) {
    const provider = snapshot.providersBySlug.get(providerSlug)
    if (!provider) throw unknownProvider(snapshot, providerSlug)
    const prefix = `${provider.slug}/`
    return { providers: [provider], model: model.startsWith(prefix) ? model.slice(prefix.length) : model }
  }
  const slash = model.indexOf('/')
  const named = slash > 0 ? snapshot.providersBySlug.get(model.slice(0, slash)) : undefined
  if (named) return { providers: [named], model: model.slice(slash + 1) }
  const enabled = snapshot.providers.filter((provider) => provider.enabled)
  const matching = enabled.filter((provider) => names(provider.patterns, model))
  if (matching.length > 0) return { providers: matching, model }
  const byDefault = snapshot.providersBySlug.get(defaultProvider(snapshot))
  return { providers: byDefault?.enabled ? [byDefault] : [], model }
}

function defaultProvider(snapshot: Snapshot): string {
  const { default_provider } = snapshot.settings
  return typeof default_provider === 'string' ? default_provider : 'openai'
}

/** An app bound to pools uses those with keys of the provider, others its default pools, own environment first. */
function providerTargets(snapshot: Snapshot, caller: Caller, inferred: Inferred | null): Target[] {
  const { pools, environments } = caller.app
  return (inferred?.providers ?? []).flatMap((provider) => {
    const candidates = pools
      ? [...pools]
          .map((id) => snapshot.pools.get(id))
          .filter((pool) => pool?.members.some(({ key }) => key.provider === provider))
      : environments.map((environment) => snapshot.defaultPools.get(defaultPoolKey(provider.id, environment)))
    return candidates.flatMap((pool) =>
      pool ? [{ pool, provider, model: inferred?.model ?? '', firstByteTimeoutMs: null }] : [],
    )
  })
}

/**
 * Adds the target's pool, or the one that it is switched to for now; then the pools it falls back to. Who runs the gateway
 * has chosen these, so an app that may use the first may use them too.
 */
function addWithFallbacks(targets: Target[], snapshot: Snapshot, target: Target, now: number): void {
  const { switched } = target.pool
  const instead = switched && switched.until > now ? snapshot.pools.get(switched.toPoolId) : undefined
  const first = instead ? { ...target, pool: instead, provider: null } : target
  const start = targets.push(first) - 1
  for (let { pool } = first; pool.fallbackPoolId; ) {
    const next = snapshot.pools.get(pool.fallbackPoolId)
    if (!next || targets.some((known, place) => place >= start && known.pool === next)) break
    targets.push({ ...target, pool: next, provider: null })
    pool = next
  }
}

function mayUsePool({ app }: Caller, pool: Pool): boolean {
  return app.environments.includes(pool.environment) && (app.pools === null || app.pools.has(pool.id))
}

/** `provider/model` counts as allowed when either form is listed. */
function checkAllowed(caller: Caller, policies: Policy[], requested: string, bare: string): void {
  const may = ({ models }: { models: ModelList }) => allows(models, requested) || allows(models, bare)
  if (may(caller.app) && may(caller) && policies.every(may)) return
  throw new AkcpError('model_not_allowed', `This app key may not use the model ${requested}.`, {
    hint: hint('modelNotAllowed'),
    param: 'model',
  })
}

function list(providers: Provider[]): string {
  return providers.map((provider) => provider.slug).join(', ')
}

function notFound(model: string, missing: string | null, { app }: Caller): AkcpError {
  const message = missing
    ? `The model ${model} is known, but ${missing} may be used by this app in ${app.environments.join(', ')}.`
    : `No provider is known for the model ${model}.`
  return new AkcpError('model_not_found', message, {
    hint: hint(missing ? 'addKeyForApp' : 'nameProvider'),
    param: 'model',
  })
}

function unknownProvider(snapshot: Snapshot, slug: string): AkcpError {
  return new AkcpError('model_not_found', `There is no provider ${slug.slice(0, 64)}.`, {
    hint: hint('providerNames', { list: list(snapshot.providers) || '—' }),
    param: 'x-llm-provider',
  })
}
