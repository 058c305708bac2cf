import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { checkChannelUrl, urlHint } from '@/lib/alerts/channels/address'
import { recordAudit } from '@/lib/auth/audit'
import {
  type ChannelRow,
  findChannel,
  findChannelByName,
  insertChannel,
  type LastDelivery,
  lastDeliveries,
  listChannels,
  updateChannel,
} from '@/lib/data/channels'
import type { Database, Db } from '@/lib/data/database'
import { deleteSecret, storeSecret } from '@/lib/data/secrets'
import { addVaultTask, awaitVaultTask } from '@/lib/data/vault-tasks'
import { AkcpError } from '@/lib/errors'
import { newId } from '@/lib/id'
import { channel, channelInput, channelList, channelPatch, channelTestResult } from '@/lib/schemas/alerts'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { seal } from '@/lib/secrets/vault'
import { camelKeys } from './case'
import { sealingKey } from './key-secret'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, body, conflict, createRouter, found, gone, invalid } from './router'

const tags = ['alerts']
const one = { 200: answer(channel, 'The channel') }

const routes = {
  list: createRoute({
    method: 'get',
    path: '/channels',
    tags,
    summary: 'List where alerts are told',
    request: { query: listQuery },
    responses: { 200: answer(channelList, 'Channels') },
  }),
  create: createRoute({
    method: 'post',
    path: '/channels',
    tags,
    summary: 'Add a channel',
    description:
      'feishu: the webhook address of a custom bot of Feishu or Lark, and its signing secret. webhook: any address; messages are signed as Standard Webhooks describe (headers webhook-id, webhook-timestamp, webhook-signature).',
    request: { body: body(channelInput) },
    responses: { 201: answer(channel, 'The new channel') },
  }),
  get: createRoute({
    method: 'get',
    path: '/channels/{id}',
    tags,
    summary: 'One channel',
    request: { params: idParam },
    responses: one,
  }),
  patch: createRoute({
    method: 'patch',
    path: '/channels/{id}',
    tags,
    summary: 'Change a channel',
    request: { params: idParam, body: body(channelPatch) },
    responses: one,
  }),
  archive: createRoute({
    method: 'delete',
    path: '/channels/{id}',
    tags,
    summary: 'Archive a channel; its address is deleted',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

const testRoute = createRoute({
  method: 'post',
  path: '/channels/{id}/test',
  tags,
  summary: 'Send a test message',
  description:
    'A gateway sends it, since only gateways can open the address, and says what the receiver answered.',
  request: { params: idParam },
  responses: { 200: answer(channelTestResult, 'What the receiver said') },
})
/** A gateway waits ten seconds for the receiver. */
const testWaitMs = 12_000

export function channelRoutes({ database, env }: AdminDependencies) {
  const { db } = database
  const allowed = env.AKCP_ALLOW_PRIVATE_ORIGINS
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listChannels(db, pageFrom(query))
      const last = await lastOf(database, rows)
      return c.json(
        pageOf(
          rows,
          query.limit,
          (row) => [row.id],
          (row) => toAnswer(row, last.get(row.id)),
        ),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const { url, secret, ...input } = c.req.valid('json')
      const id = newId()
      await db.transaction(async (tx) => {
        checkUrl(input.kind, url, allowed)
        await checkName(tx, input.name, id)
        await insertChannel(tx, { id, ...camelKeys(input), urlHint: urlHint(url), signed: secret !== null })
        await sealInto(tx, 'channel', id, url)
        if (secret !== null) await sealInto(tx, 'channel_secret', id, secret)
        await recordAudit(tx, c.var.actor, 'create', 'channel', id)
      })
      return c.json(await readChannel(database, id), 201)
    })
    .openapi(routes.get, async (c) => c.json(await readChannel(database, c.req.valid('param').id), 200))
    .openapi(routes.patch, async (c) => {
      const { id } = c.req.valid('param')
      const input = c.req.valid('json')
      await db.transaction(async (tx) => {
        await changeChannel(tx, id, input, allowed)
        await recordAudit(tx, c.var.actor, 'update', 'channel', id, { fields: Object.keys(input) })
      })
      return c.json(await readChannel(database, id), 200)
    })
    .openapi(routes.archive, async (c) => {
      const { id } = c.req.valid('param')
      await db.transaction(async (tx) => {
        found((await updateChannel(tx, id, { archivedAt: new Date() })) || undefined, 'channel')
        await deleteSecret(tx, 'channel', id)
        await deleteSecret(tx, 'channel_secret', id)
        await recordAudit(tx, c.var.actor, 'archive', 'channel', id)
      })
      return c.body(null, 204)
    })
    .openapi(testRoute, async (c) => {
      const { id } = found(await findChannel(db, c.req.valid('param').id), 'channel')
      return c.json(await sendTest(db, id), 200)
    })
}

async function changeChannel(
  tx: Db,
  id: string,
  { url, secret, ...fields }: z.output<typeof channelPatch>,
  allowed: string[],
): Promise<void> {
  const before = found(await findChannel(tx, id), 'channel')
  if (before.urlRef !== null && (url !== undefined || secret !== undefined)) {
    throw invalid(
      'url: the address of this channel comes from the gateway’s environment',
      url === undefined ? 'secret' : 'url',
      'Change FEISHU_WEBHOOK_URL and FEISHU_WEBHOOK_SECRET and start again, or add another channel.',
    )
  }
  if (url !== undefined) checkUrl(before.kind, url, allowed)
  if (fields.name !== undefined) await checkName(tx, fields.name, id)
  const changes = {
    ...camelKeys(fields),
    ...(url !== undefined && { urlHint: urlHint(url), problem: null, problemSince: null }),
    ...(secret !== undefined && { signed: secret !== null }),
  }
  if (Object.keys(changes).length > 0) await updateChannel(tx, id, changes)
  if (url !== undefined) await sealInto(tx, 'channel', id, url)
  if (secret) await sealInto(tx, 'channel_secret', id, secret)
  if (secret === null) await deleteSecret(tx, 'channel_secret', id)
}

function checkUrl(kind: ChannelRow['kind'], url: string, allowed: string[]): void {
  const refused = checkChannelUrl(kind, url, allowed)
  if (refused) throw invalid(`url: ${refused}`, 'url')
}

async function checkName(tx: Db, name: string, id: string): Promise<void> {
  const same = await findChannelByName(tx, name)
  if (same && same.id !== id)
    throw conflict(`There is a channel ${name} already.`, 'Take another name, or change that one.', 'name')
}

async function sealInto(
  tx: Db,
  purpose: 'channel' | 'channel_secret',
  rowId: string,
  secret: string,
): Promise<void> {
  const vaultKey = await sealingKey(tx)
  const sealed = await seal(vaultKey.publicKey, { purpose, rowId, baseUrl: '' }, secret)
  await storeSecret(tx, { purpose, rowId, sealed, vaultKeyId: vaultKey.id })
}

async function sendTest(db: Db, channelId: string): Promise<z.output<typeof channelTestResult>> {
  const task = await addVaultTask(db, { kind: 'test_channel', input: { channel_id: channelId } })
  const result = channelTestResult.safeParse(await awaitVaultTask(db, task, testWaitMs))
  if (result.success) return result.data
  throw new AkcpError('service_unavailable', 'No gateway answered in time.', {
    hint: 'Only a gateway can open the address: see that one is running, then try again.',
    headers: { 'retry-after': '5' },
  })
}

async function readChannel(database: Database, id: string): Promise<z.output<typeof channel>> {
  const row = found(await findChannel(database.db, id), 'channel')
  return toAnswer(row, (await lastOf(database, [row])).get(id))
}

async function lastOf(database: Database, rows: ChannelRow[]): Promise<Map<string, LastDelivery>> {
  const ids = rows.map(({ id }) => id)
  return new Map((await lastDeliveries(database, ids)).map((row) => [row.channel_id, row]))
}

function toAnswer(row: ChannelRow, last: LastDelivery | undefined): z.output<typeof channel> {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    url_hint: row.urlHint,
    from_environment: row.urlRef !== null,
    signed: row.signed,
    language: row.language,
    min_severity: row.minSeverity,
    enabled: row.enabled,
    problem: row.problem,
    problem_since: row.problemSince?.toISOString() ?? null,
    last_delivery: last ? { state: last.state, at: new Date(last.at).toISOString() } : null,
    created_at: row.createdAt.toISOString(),
  }
}
