import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listCalledModels } from '@/lib/data/called-models'
import { readKeyActivity, readKeyErrors, readKeySeries } from '@/lib/data/key-stats'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import { startAdmin, type TestAdmin } from '../support/admin'

const minute = 60_000
const hour = 60 * minute
const now = Date.now()
const ago = (ms: number) => new Date(now - ms)

type Named = { id: string; provider_id: string }
let admin: TestAdmin
let busy: Named
let rescued: Named
let idle: Named

beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  await admin.create('/providers', { slug: 'one', base_url: 'https://x.example/v1' })
  const add = (name: string) =>
    admin.create('/keys', { provider: 'one', name, secret: `sk-${name}-0123456789` })
  busy = await add('busy')
  rescued = await add('rescued')
  idle = await add('idle')
  await foldRequests(
    admin.gateway,
    history().map((row) => JSON.stringify(row)),
  )
})
afterAll(() => admin?.stop())

function history(): LedgerRow[] {
  const failed = { class: 'auth', status: 401, error: 'Wrong key' }
  return [
    call(busy, 2 * minute, { latency_ms: 100, cost_nanos: '1000' }),
    call(busy, 3 * minute, { latency_ms: 300, cost_nanos: '2000', cost_source: 'unknown' }),
    call(busy, 4 * minute, { outcome: 'refused', latency_ms: 9000 }),
    call(busy, 5 * minute, { kind: 'probe', latency_ms: 9000 }),
    call(
      busy,
      23 * hour,
      { outcome: 'error', error_class: 'timeout', status: 504, latency_ms: 800 },
      'Too slow',
    ),
    call(busy, 25 * hour, { latency_ms: 7000 }),
    // The rescued key failed, then the busy one answered.
    {
      ...call(busy, minute, { latency_ms: 500 }),
      attempts: [
        { key_id: rescued.id, provider: 'one', model: 'm', ms: 5, ...failed },
        { key_id: busy.id, provider: 'one', model: 'm', ms: 5, class: null, status: 200 },
      ],
    },
    call(rescued, 40 * 24 * hour, { latency_ms: 10 }),
    call(rescued, 3 * 24 * hour, { outcome: 'error', error_class: 'quota', status: 429 }, 'No money'),
  ]
}

function call(key: Named, age: number, fields: Partial<LedgerRow>, error?: string): LedgerRow {
  const errorClass = fields.error_class ?? null
  const attempt = { key_id: key.id, provider: 'one', model: 'm', ms: 5 }
  return {
    id: newId(),
    ts: ago(age).toISOString(),
    kind: 'call',
    outcome: 'ok',
    request_id: newId(),
    process_id: newId(),
    app_id: null,
    app_key_id: null,
    key_id: key.id,
    pool_id: null,
    provider_id: key.provider_id,
    environment: 'production',
    tenant: 'acme',
    project: 'web',
    feature: 'default',
    endpoint: 'chat/completions',
    model: 'm',
    served_model: 'm',
    stream: false,
    input_tokens: 1,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    cost_nanos: '0',
    cost_source: 'reported',
    price_id: null,
    latency_ms: 1,
    ttft_ms: null,
    status: 200,
    error_class: null,
    error_code: null,
    attempts: [{ ...attempt, class: errorClass, status: fields.status ?? 200, ...(error && { error }) }],
    decision: null,
    charges: null,
    ...fields,
  }
}

describe('what keys did', () => {
  const day = { from: ago(24 * hour), to: new Date(now + minute) }
  const activity = async (key: Named) => (await readKeyActivity(admin.portal, day, 'UTC')).get(key.id)

  it('counts the calls of the range, without probes and refusals', async () => {
    expect(await activity(busy)).toMatchObject({ requests: 4, errors: 1, average_ms: 425 })
    expect(
      (await readKeyActivity(admin.portal, { from: ago(26 * hour), to: day.to }, 'UTC')).get(busy.id),
    ).toMatchObject({ requests: 5, average_ms: 1740 })
  })

  it('says when a key was last used, however long ago', async () => {
    expect((await activity(busy))?.last_used_at).toBe(ago(minute).toISOString())
    expect((await activity(rescued))?.last_used_at).toBe(ago(3 * 24 * hour).toISOString())
    expect((await activity(idle))?.last_used_at).toBeNull()
  })

  it('finds the newest error that a call ended with', async () => {
    expect((await activity(busy))?.last_error).toEqual({
      at: ago(23 * hour).toISOString(),
      class: 'timeout',
      status: 504,
      text: 'Too slow',
    })
    expect((await activity(rescued))?.last_error).toMatchObject({
      at: ago(3 * 24 * hour).toISOString(),
      class: 'quota',
      text: 'No money',
    })
    expect((await activity(idle))?.last_error).toBeNull()
  })

  it('knows nothing of a key without calls, which is not the same as zero milliseconds', async () => {
    expect(await activity(idle)).toMatchObject({
      requests: 0,
      average_ms: null,
      month_cost_nanos: '0',
      last_used_at: null,
    })
  })

  it('adds up the money of the month in the organisation’s time zone', async () => {
    const zone = 'Asia/Shanghai'
    const inMonth = (at: string) =>
      new Intl.DateTimeFormat('sv', { timeZone: zone, year: 'numeric', month: '2-digit' }).format(
        new Date(at),
      )
    const expected = history()
      .filter((row) => row.key_id === busy.id && inMonth(row.ts) === inMonth(new Date(now).toISOString()))
      .reduce((sum, row) => sum + BigInt(row.cost_nanos), 0n)
    const rows = await readKeyActivity(admin.portal, day, zone)
    expect(rows.get(busy.id)?.month_cost_nanos).toBe(expected.toString())
  })
})

describe('errors of one key', () => {
  it('are counted by class with the newest example of each', async () => {
    expect(await readKeyErrors(admin.portal, rescued.id, ago(7 * 24 * hour))).toEqual([
      { class: 'auth', calls: 0, rescued: 1, at: ago(minute).toISOString(), status: 401, text: 'Wrong key' },
      {
        class: 'quota',
        calls: 1,
        rescued: 0,
        at: ago(3 * 24 * hour).toISOString(),
        status: 429,
        text: 'No money',
      },
    ])
    expect(await readKeyErrors(admin.portal, idle.id, ago(7 * 24 * hour))).toEqual([])
    expect(await readKeyErrors(admin.portal, 'not an id', ago(hour))).toEqual([])
  })
})

describe('calls of keys over time', () => {
  const total = (points: { requests: number; latency_sum_ms: number }[]) => ({
    requests: points.reduce((sum, point) => sum + point.requests, 0),
    ms: points.reduce((sum, point) => sum + point.latency_sum_ms, 0),
  })

  it('are the same from rows in minutes, from rollups in quarters of an hour, and in days', async () => {
    const from = new Date(Math.floor((now - 30 * hour) / (15 * minute)) * 15 * minute)
    const range = { from, to: new Date(now + minute) }
    const read = (bucket: number | 'day') =>
      readKeySeries(admin.portal, [busy.id, idle.id], { range, bucket, timeZone: 'Asia/Shanghai' })
    const minutes = await read(60)
    expect(total(minutes)).toEqual({ requests: 5, ms: 8700 })
    expect(minutes.every((point) => Date.parse(point.at) % minute === 0)).toBe(true)
    expect(total(await read(900))).toEqual(total(minutes))
    const days = await read('day')
    expect(total(days)).toEqual(total(minutes))
    const dayOf = (at: string) =>
      new Intl.DateTimeFormat('sv', { timeZone: 'Asia/Shanghai' }).format(new Date(at))
    expect(days.map((point) => point.at)).toEqual([...new Set(minutes.map((point) => dayOf(point.at)))])
  })

  it('of no key are nothing', async () => {
    const question = { range: { from: ago(hour), to: new Date(now) }, bucket: 60, timeZone: 'UTC' }
    expect(await readKeySeries(admin.portal, ['x'], question)).toEqual([])
  })
})

it('names the models that were called and how many of their calls have no price', async () => {
  expect(await listCalledModels(admin.portal)).toEqual([
    { provider_id: busy.provider_id, model: 'm', calls: 6, last_at: ago(minute).toISOString() },
  ])
})
