import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { archiveBudgets } from '@/lib/data/budget-list'
import { archiveDefaultPools, lockDefaultPools } from '@/lib/data/pools'
import {
  findProvider,
  hasLiveKeys,
  insertProvider,
  listProviders,
  lockProvider,
  type Provider,
  updateProvider,
} from '@/lib/data/providers'
import { forgetProviderSecrets } from '@/lib/data/secrets'
import { checkOrigin } from '@/lib/egress'
import { balanceReader } from '@/lib/health/balance'
import { newId } from '@/lib/id'
import { findPreset, type Preset, presets } from '@/lib/providers/presets'
import { idParam, listQuery } from '@/lib/schemas/fields'
import * as schemas from '@/lib/schemas/providers'
import { camelKeys } from './case'
import { refuseInvalid } from './errors'
import { pageFrom, pageOf } from './page'
import { checkUnused } from './pools'
import { type AdminDependencies, answer, body, conflict, createRouter, found, gone, invalid } from './router'

const tags = ['providers']
const { provider, providerInput, providerList, providerPatch, presetList } = schemas

const routes = {
  presets: createRoute({
    method: 'get',
    path: '/providers/presets',
    tags,
    summary: 'What can be filled in by a preset',
    responses: { 200: answer(presetList, 'All presets') },
  }),
  list: createRoute({
    method: 'get',
    path: '/providers',
    tags,
    summary: 'List providers',
    request: { query: listQuery },
    responses: { 200: answer(providerList, 'Providers, oldest first') },
  }),
  create: createRoute({
    method: 'post',
    path: '/providers',
    tags,
    summary: 'Add a provider',
    description: 'With a preset every field is optional; without one slug and base_url are needed.',
    request: { body: body(providerInput) },
    responses: { 201: answer(provider, 'The new provider') },
  }),
  get: createRoute({
    method: 'get',
    path: '/providers/{id}',
    tags,
    summary: 'One provider',
    request: { params: idParam },
    responses: { 200: answer(provider, 'The provider') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/providers/{id}',
    tags,
    summary: 'Change a provider',
    description: 'A new base_url drops the sealed secrets of its keys: they were sealed for the old address.',
    request: { params: idParam, body: body(providerPatch) },
    responses: { 200: answer(provider, 'The provider') },
  }),
  archive: createRoute({
    method: 'delete',
    path: '/providers/{id}',
    tags,
    summary: 'Archive a provider that has no keys',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

export function providerRoutes({ database: { db }, env }: AdminDependencies) {
  return createRouter()
    .openapi(routes.presets, (c) => c.json({ data: presets, next_cursor: null }, 200))
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listProviders(db, pageFrom(query))
      return c.json(
        pageOf(rows, query.limit, (row) => [row.id], toAnswer),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const fields = complete(c.req.valid('json'))
      const values = { ...camelKeys(fields), baseUrl: checkedBaseUrl(fields.base_url, env) }
      const row = await db.transaction(async (tx) => {
        const created = await insertProvider(tx, { id: newId(), ...values })
        await recordAudit(tx, c.var.actor, 'create', 'provider', created.id)
        return created
      })
      return c.json(toAnswer(row), 201)
    })
    .openapi(routes.get, async (c) => {
      const row = await findProvider(db, c.req.valid('param').id)
      return c.json(toAnswer(found(row, 'provider')), 200)
    })
    .openapi(routes.patch, async (c) => {
      const { id } = c.req.valid('param')
      const fields = withoutAlias(c.req.valid('json'))
      checkDialect(fields.dialect)
      const baseUrl = fields.base_url === undefined ? undefined : checkedBaseUrl(fields.base_url, env)
      const { row, forgotten } = await db.transaction(async (tx) => {
        const before = found(await findProvider(tx, id), 'provider')
        await lockProvider(tx, before.id)
        const row = await updateProvider(tx, before.id, {
          ...camelKeys(fields),
          baseUrl,
          slug: fields.slug ?? before.slug,
        })
        const forgotten = row.baseUrl === before.baseUrl ? 0 : await forgetProviderSecrets(tx, row.id)
        await recordAudit(tx, c.var.actor, 'update', 'provider', row.id, { fields: Object.keys(fields) })
        return { row, forgotten }
      })
      return c.json({ ...toAnswer(row), notice: forgottenNotice(forgotten) }, 200)
    })
    .openapi(routes.archive, async (c) => {
      await db.transaction(async (tx) => {
        const row = found(await findProvider(tx, c.req.valid('param').id), 'provider')
        await lockProvider(tx, row.id)
        if (await hasLiveKeys(tx, row.id)) {
          throw conflict(
            `The provider ${row.slug} still has keys.`,
            'Archive its keys first, or set enabled to false.',
          )
        }
        const ownPools = await lockDefaultPools(tx, row.id)
        for (const { id, slug } of ownPools) await checkUnused(tx, id, slug)
        await archiveBudgets(
          tx,
          'pool',
          ownPools.map(({ id }) => id),
        )
        await archiveDefaultPools(tx, row.id)
        await updateProvider(tx, row.id, { archivedAt: new Date() })
        await recordAudit(tx, c.var.actor, 'archive', 'provider', row.id)
      })
      return c.body(null, 204)
    })
}

type Input = z.output<typeof providerInput>

/** Body over preset over defaults. */
function complete({ preset: presetSlug, ...given }: Input): schemas.ProviderFields {
  const preset = presetNamed(presetSlug ?? 'custom')
  const { notes: _, slug, name, base_url, ...rest } = preset
  const named = presetSlug !== undefined && presetSlug !== 'custom' ? { slug, name, base_url } : {}
  const fields = { ...rest, ...named, ...withoutAlias(given) }
  const parsed = schemas.providerFields.safeParse({ ...fields, name: fields.name ?? fields.slug })
  if (!parsed.success) refuseInvalid(parsed.error)
  checkDialect(parsed.data.dialect)
  return parsed.data
}

function presetNamed(slug: string): Preset {
  const preset = findPreset(slug)
  if (preset) return preset
  throw invalid(`preset: expected one of ${presets.map((candidate) => candidate.slug).join(', ')}`, 'preset')
}

/** `timeout_ms` is another name of `first_byte_timeout_ms`. */
function withoutAlias<Fields extends { timeout_ms?: number; first_byte_timeout_ms?: number }>(
  fields: Fields,
): Omit<Fields, 'timeout_ms'> {
  const { timeout_ms, ...rest } = fields
  if (timeout_ms === undefined) return rest
  if (rest.first_byte_timeout_ms !== undefined && rest.first_byte_timeout_ms !== timeout_ms) {
    throw invalid('timeout_ms: it is another name of first_byte_timeout_ms; give one of them', 'timeout_ms')
  }
  return { ...rest, first_byte_timeout_ms: timeout_ms }
}

function checkDialect(dialect: Provider['dialect'] | undefined): void {
  if (dialect === undefined || dialect === 'openai') return
  throw invalid(
    `dialect: ${dialect} is not served yet`,
    'dialect',
    `Use {"preset":"${dialect}"}: it takes the vendor's OpenAI-compatible endpoint with dialect openai.`,
  )
}

/** The address without trailing slashes; refused when it is not one that may be called. */
function checkedBaseUrl(url: string, env: AdminDependencies['env']): string {
  const reason = checkOrigin(url, env.AKCP_ALLOW_PRIVATE_ORIGINS)
  if (reason) throw invalid(`base_url: ${reason}`, 'base_url')
  const { origin, pathname } = new URL(url)
  return origin + pathname.replace(/\/+$/, '')
}

function forgottenNotice(keys: number): string | undefined {
  if (keys === 0) return undefined
  return `The base URL changed, so the secrets of ${keys} ${keys === 1 ? 'key' : 'keys'}, sealed for the old one, were dropped. Enter them again: PATCH /api/admin/keys/{id} {"secret": …}.`
}

function toAnswer(row: Provider): z.output<typeof provider> {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    dialect: row.dialect,
    base_url: row.baseUrl,
    enabled: row.enabled,
    priority: row.priority,
    model_patterns: row.modelPatterns,
    first_byte_timeout_ms: row.firstByteTimeoutMs,
    idle_timeout_ms: row.idleTimeoutMs,
    total_timeout_ms: row.totalTimeoutMs,
    max_retries: row.maxRetries,
    headers: row.headers,
    price_provider: row.priceProvider,
    balance: row.balance,
    reads_balance: balanceReader(row) !== null,
    created_at: row.createdAt.toISOString(),
  }
}
