import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'

/** Each is planted where its kind belongs, and must be found nowhere else. */
const markers = {
  sealed: 'sk-MARKER-sealed-7f3a9c21d5',
  referenced: 'sk-MARKER-referenced-0b8e64f1',
  adminToken: 'MARKER-admin-token-5d2c8b7a90',
  internalToken: 'MARKER-internal-token-e1f4a6c3',
  cronSecret: 'MARKER-cron-secret-93b7d0',
  masterKey: Buffer.from('MARKER-master-key-of-32-bytes-!!').toString('base64'),
  pepper: Buffer.from('MARKER-pepper-with-its-32-bytes!').toString('base64'),
  prompt: 'MARKER prompt about a private matter',
}
let upstream: Upstream
let system: Running
const seen: string[] = []

beforeAll(async () => {
  upstream = await startUpstream()
  system = await startSystem({
    AKCP_ADMIN_TOKEN: markers.adminToken,
    AKCP_INTERNAL_TOKEN: markers.internalToken,
    AKCP_MASTER_KEY: markers.masterKey,
    AKCP_APP_KEY_PEPPER: markers.pepper,
    CRON_SECRET: markers.cronSecret,
    AKCP_SECRET_ONE: markers.referenced,
    AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
    LOG_LEVEL: 'trace',
  })
})

afterAll(async () => {
  await system?.stop()
  await system?.clean()
  await upstream?.stop()
})

/** Fetches and keeps everything that was answered, headers included. */
async function get(
  path: string,
  init: { method?: string; key?: string; body?: unknown; headers?: Record<string, string> } = {},
) {
  const response = await fetch(system.address + path, {
    method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${init.key ?? markers.adminToken}`,
      'content-type': 'application/json',
      ...init.headers,
    },
    body: init.body === undefined ? undefined : JSON.stringify(init.body),
  })
  const text = await response.text()
  seen.push(`${path} ${JSON.stringify([...response.headers])} ${text}`)
  return { status: response.status, text, json: () => JSON.parse(text) }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesOf(path) : [path]
  })
}

describe('secrets and prompts', () => {
  it('stay out of answers, pages, errors, logs, data files and the portal process', async () => {
    await get('/api/admin/providers', {
      body: { preset: 'custom', slug: 'mock', base_url: upstream.baseUrl, model_patterns: ['*'] },
    })
    const key = { provider: 'mock', name: 'sealed', secret: markers.sealed }
    const made = await get('/api/admin/keys', { body: key })
    expect(made.status).toBe(201)
    await get('/api/admin/keys', {
      body: { provider: 'mock', name: 'referenced', secret_ref: 'env:AKCP_SECRET_ONE' },
    })
    // Answers to bad requests must not repeat what was sent.
    for (const wrong of [
      { ...key, name: 'again' },
      { ...key, tier: 'x' },
      { ...key, extra: markers.sealed },
      { ...key, secret: [markers.sealed] },
    ]) {
      expect((await get('/api/admin/keys', { body: wrong })).status).toBeGreaterThanOrEqual(400)
    }
    await get(`/api/admin/keys/${made.json().id}`, {
      method: 'PATCH',
      body: { secret: markers.sealed, name: 'sealed again' },
    })
    const app = (await get('/api/admin/apps', { body: { name: 'web' } })).json()
    const issued = await fetch(`${system.address}/api/admin/apps/${app.id}/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${markers.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'laptop' }),
    })
    const { raw_key: rawKey } = await issued.json()

    const ask = { model: 'gpt-4o', messages: [{ role: 'user', content: markers.prompt }] }
    const echo = { error: { message: `Bad key ${markers.sealed} or ${markers.referenced}` } }
    for (const fault of [null, 400, 401, 429, 500]) {
      await upstream.fault(...(fault ? [{ status: fault, body: echo }] : []))
      for (const stream of [false, true]) {
        await get('/api/v1/chat/completions', { key: rawKey, body: { ...ask, stream } })
        await get('/api/v1/chat/completions', { key: markers.internalToken, body: { ...ask, stream } })
      }
    }
    await get('/api/v1/chat/completions', { key: `${rawKey.slice(0, -1)}!`, body: ask })
    await get('/api/v1/chat/completions', { key: rawKey, body: { ...ask, model: undefined } })
    await get('/api/v1/models', { key: rawKey })
    await get('/api/cron', { key: `${markers.cronSecret}x` })
    const lists = [
      'providers',
      'keys',
      'pools',
      'apps',
      `apps/${app.id}/keys`,
      'usage',
      'usage.csv',
      'requests',
      'requests.csv',
      'requests.jsonl',
      'settings',
      'status',
      'me',
      'openapi.json',
    ]
    for (const list of lists) await get(`/api/admin/${list}`)
    for (const page of ['/', '/setup', '/setup?token=wrong', '/nowhere', '/api/metrics', '/api/admin/docs'])
      await get(page)
    await new Promise((resolve) => setTimeout(resolve, 1500))

    const secrets = { ...markers, rawKey }
    const owned = [
      'postgres.password',
      'gateway.password',
      'portal.password',
      'master.key',
      'pepper.key',
      'nextauth.secret',
    ]
    const files = filesOf(system.dataDir).filter((path) => !owned.some((name) => path.endsWith(name)))
    expect(files.some((path) => path.includes('pg_wal'))).toBe(true)
    const places: [string, Buffer][] = [
      ['the answers', Buffer.from(seen.join('\n'))],
      ['the log', Buffer.from(system.output())],
      ...files.map((path): [string, Buffer] => [path, readFileSync(path)]),
      ...portalEnvironment(),
    ]
    expect(system.output()).toContain('"message":"call"')
    const found = places.flatMap(([place, bytes]) =>
      Object.entries(secrets)
        .filter(
          ([name, secret]) =>
            bytes.includes(secret) &&
            !(place === 'the portal process' && ['adminToken', 'pepper'].includes(name)),
        )
        .map(([name]) => `${name} in ${place}`),
    )
    expect(found).toEqual([])
  })
})

/** The environment of our child, which needs the admin token and the pepper and nothing else of these. */
function portalEnvironment(): [string, Buffer][] {
  if (process.platform !== 'linux') return []
  const children = readFileSync(`/proc/${system.process.pid}/task/${system.process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
  const portal = children.find((pid) => readFileSync(`/proc/${pid}/environ`).includes('PORTAL_FRONT_SECRET'))
  expect(portal).toBeDefined()
  return [['the portal process', readFileSync(`/proc/${portal}/environ`)]]
}
