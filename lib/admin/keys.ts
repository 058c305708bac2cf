import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { Actor } from '@/lib/auth/actor'
import { recordAudit } from '@/lib/auth/audit'
import { archiveBudgets, replaceBudgets } from '@/lib/data/budget-list'
import type { Db } from '@/lib/data/database'
import { findKey, insertKey, type Key, listKeys, lockKey, updateKey } from '@/lib/data/keys'
import { ensureDefaultPool, joinPools, leavePools, type Pool, poolsOfKeys } from '@/lib/data/pools'
import { insertProvider, lockProvider, type Provider } from '@/lib/data/providers'
import { deleteSecret } from '@/lib/data/secrets'
import { addVaultTask, awaitVaultTask } from '@/lib/data/vault-tasks'
import { AkcpError } from '@/lib/errors'
import { newId } from '@/lib/id'
import { findPreset, presetColumns } from '@/lib/providers/presets'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { key, keyInput, keyList, keyPatch, probeResult } from '@/lib/schemas/keys'
import { budgetRows } from './budget-fields'
import { camelKeys } from './case'
import { keyAnswers, readKey } from './key-answer'
import { sealKeySecret } from './key-secret'
import { pageFrom, pageOf } from './page'
import { resolvePools } from './pool-references'
import { type AdminDependencies, answer, body, createRouter, found, gone, invalid } from './router'

const tags = ['keys']
const one = { 200: answer(key, 'The key') }

const routes = {
  list: createRoute({
    method: 'get',
    path: '/keys',
    tags,
    summary: 'List provider keys',
    request: { query: listQuery },
    responses: { 200: answer(keyList, 'Keys, oldest first') },
  }),
  create: createRoute({
    method: 'post',
    path: '/keys',
    tags,
    summary: 'Add a provider key',
    description:
      'Give exactly one of secret and secret_ref. A preset’s name as provider adds that provider. The key joins the default pool of its provider and environment.',
    request: { body: body(keyInput) },
    responses: { 201: answer(key, 'The new key') },
  }),
  get: createRoute({
    method: 'get',
    path: '/keys/{id}',
    tags,
    summary: 'One provider key',
    request: { params: idParam },
    responses: one,
  }),
  patch: createRoute({
    method: 'patch',
    path: '/keys/{id}',
    tags,
    summary: 'Change a provider key',
    description: 'A new environment moves the key to the default pool of that environment.',
    request: { params: idParam, body: body(keyPatch) },
    responses: one,
  }),
  archive: createRoute({
    method: 'delete',
    path: '/keys/{id}',
    tags,
    summary: 'Archive a provider key; its secret is deleted',
    request: { params: idParam },
    responses: { 204: gone },
  }),
  disable: createRoute({
    method: 'post',
    path: '/keys/{id}/disable',
    tags,
    summary: 'Stop using a key',
    request: { params: idParam },
    responses: one,
  }),
  enable: createRoute({
    method: 'post',
    path: '/keys/{id}/enable',
    tags,
    summary: 'Use a disabled key again',
    request: { params: idParam },
    responses: one,
  }),
}

const probeRoute = createRoute({
  method: 'post',
  path: '/keys/{id}/probe',
  tags,
  summary: 'Ask the provider whether the key works',
  description: 'A gateway lists the provider’s models with it, which costs nothing.',
  request: { params: idParam },
  responses: { 200: answer(probeResult, 'What the provider said') },
})
/** A gateway answers within ten seconds or not at all. */
const probeWaitMs = 10_000

export function keyRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listKeys(db, pageFrom(query))
      const toAnswer = await keyAnswers(db, rows)
      return c.json(
        pageOf(rows, query.limit, (row) => [row.key.id], toAnswer),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const input = c.req.valid('json')
      const id = await db.transaction((tx) => createKey(tx, c.var.actor, input))
      return c.json(await readKey(db, id), 201)
    })
    .openapi(routes.get, async (c) => c.json(await readKey(db, c.req.valid('param').id), 200))
    .openapi(routes.patch, async (c) => {
      const { id } = c.req.valid('param')
      const input = c.req.valid('json')
      await db.transaction((tx) => changeKey(tx, c.var.actor, id, input))
      return c.json(await readKey(db, id), 200)
    })
    .openapi(routes.archive, async (c) => {
      await db.transaction(async (tx) => {
        const { id } = found(await lockKey(tx, c.req.valid('param').id), 'key')
        await leavePools(tx, id)
        await deleteSecret(tx, 'key', id)
        await archiveBudgets(tx, 'key', [id])
        await updateKey(tx, id, { archivedAt: new Date() })
        await recordAudit(tx, c.var.actor, 'archive', 'key', id)
      })
      return c.body(null, 204)
    })
    .openapi(routes.disable, async (c) => {
      const { id } = c.req.valid('param')
      await setUse(db, c.var.actor, id, 'disable')
      return c.json(await readKey(db, id), 200)
    })
    .openapi(probeRoute, async (c) => {
      const { id } = found(await findKey(db, c.req.valid('param').id), 'key').key
      return c.json(await probeKey(db, id), 200)
    })
    .openapi(routes.enable, async (c) => {
      const { id } = c.req.valid('param')
      await setUse(db, c.var.actor, id, 'enable')
      return c.json(await readKey(db, id), 200)
    })
}

// In both: locks in the order provider, pools, key, and only then writes: a write takes the registry version's lock,
// behind which all other changes wait.

async function createKey(tx: Db, actor: Actor, input: z.output<typeof keyInput>): Promise<string> {
  const { provider: reference, secret, secret_ref, pools: references, budgets, ...fields } = input
  const provider = (await lockProvider(tx, reference)) ?? (await addPresetProvider(tx, actor, reference))
  const id = newId()
  const pools = await resolvePools(tx, references, { environment: fields.environment })
  const own = await ensureDefaultPool(tx, provider, fields.environment)
  await insertKey(tx, { id, providerId: provider.id, secretRef: secret_ref, ...columnsOf(fields) })
  await replaceBudgets(tx, 'key', id, budgetRows(budgets))
  if (secret !== undefined) await sealKeySecret(tx, provider, id, secret)
  await joinPools(tx, id, [own.id, ...pools.map((pool) => pool.id)])
  await recordAudit(tx, actor, 'create', 'key', id, changeOfUse('active', fields.status))
  return id
}

async function changeKey(tx: Db, actor: Actor, id: string, input: z.output<typeof keyPatch>): Promise<void> {
  const { secret, secret_ref, pools: references, budgets, ...fields } = input
  const { providerId } = found(await findKey(tx, id), 'key').key
  const provider = found(await lockProvider(tx, providerId), 'provider')
  const { key: before } = found(await findKey(tx, id), 'key')
  const environment = fields.environment ?? before.environment
  const moves = references !== undefined || environment !== before.environment
  const current = (await poolsOfKeys(tx, [before.id])).get(before.id) ?? []
  const pools = moves ? await poolsAfter(tx, provider, environment, current, references) : current
  found(await lockKey(tx, before.id), 'key')

  const byReference = secret_ref !== undefined && { secretRef: secret_ref, last4: '', fingerprint: '' }
  const changes = { ...columnsOf(fields), ...byReference }
  if (Object.keys(changes).length > 0) await updateKey(tx, before.id, changes)
  if (secret !== undefined) await sealKeySecret(tx, provider, before.id, secret)
  if (secret_ref !== undefined) await deleteSecret(tx, 'key', before.id)
  if (budgets) await replaceBudgets(tx, 'key', before.id, budgetRows(budgets))
  const ids = pools.map((pool) => pool.id)
  const left = current.map((pool) => pool.id).filter((poolId) => !ids.includes(poolId))
  await leavePools(tx, before.id, left)
  await joinPools(tx, before.id, moves ? ids : [])
  await recordAudit(tx, actor, 'update', 'key', before.id, {
    fields: Object.keys(input),
    ...changeOfUse(before.status, fields.status),
  })
}

/** What the audit says of the status where the key is put out of use or back to it: the key's timeline shows it. */
function changeOfUse(before: Key['status'], after: Key['status'] | undefined): { status?: Key['status'] } {
  return after === undefined || (before === 'disabled') === (after === 'disabled') ? {} : { status: after }
}

function columnsOf<Fields extends { balance_threshold_usd?: bigint | null }>({
  balance_threshold_usd: balanceThresholdNanos,
  ...fields
}: Fields) {
  return { ...camelKeys(fields), ...(balanceThresholdNanos !== undefined && { balanceThresholdNanos }) }
}

/** The default pool of the key's environment, and the pools named or, when none were, those it was put into before. */
async function poolsAfter(
  tx: Db,
  provider: Provider,
  environment: string,
  current: Pool[],
  references: string[] | undefined,
): Promise<Pool[]> {
  const wanted = references ? await resolvePools(tx, references, { environment }) : chosenPools(current)
  const stranger = wanted.find((pool) => pool.environment !== environment)
  if (stranger) {
    throw invalid(
      `environment: the key is in the pool ${stranger.slug} of environment ${stranger.environment}`,
      'environment',
      `Name the pools of ${environment} it shall be in, for example {"environment":"${environment}","pools":[]}.`,
    )
  }
  return [await ensureDefaultPool(tx, provider, environment), ...wanted]
}

function chosenPools(pools: Pool[]): Pool[] {
  return pools.filter((pool) => pool.defaultForProviderId === null)
}

async function setUse(db: Db, actor: Actor, id: string, action: 'enable' | 'disable'): Promise<void> {
  await db.transaction(async (tx) => {
    const { status } = found(await lockKey(tx, id), 'key')
    if ((status === 'disabled') === (action === 'disable')) return
    await updateKey(tx, id, { status: action === 'disable' ? 'disabled' : 'active' })
    await recordAudit(tx, actor, action, 'key', id)
  })
}

/** The name of a preset stands for a provider that is not there yet: its first key brings it. */
async function addPresetProvider(tx: Db, actor: Actor, slug: string): Promise<Provider> {
  const preset = findPreset(slug)
  if (!preset?.base_url?.startsWith('https:')) {
    throw invalid(
      `provider: there is no provider ${slug}`,
      'provider',
      'GET /api/admin/providers lists them, GET /api/admin/providers/presets what can be added by its name.',
    )
  }
  const provider = await insertProvider(tx, { id: newId(), ...presetColumns(preset, preset.base_url) })
  await recordAudit(tx, actor, 'create', 'provider', provider.id)
  return provider
}

async function probeKey(db: Db, id: string): Promise<z.output<typeof probeResult>> {
  return await awaitProbe(db, await addVaultTask(db, { kind: 'probe_key', input: { key_id: id } }))
}

/** What a gateway answers to a task that probes. */
export async function awaitProbe(db: Db, task: string): Promise<z.output<typeof probeResult>> {
  const result = probeResult.safeParse(await awaitVaultTask(db, task, probeWaitMs))
  if (result.success) return result.data
  throw new AkcpError('service_unavailable', 'No gateway answered in time.', {
    hint: 'Only a gateway can open the secret: see that one is running, then try again.',
    headers: { 'retry-after': '5' },
  })
}
