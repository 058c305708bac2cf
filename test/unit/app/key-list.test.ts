import { describe, expect, it } from 'vitest'
import { chooseKeys, type KeyRow, keyParams, keyRow, troubleOf } from '@/app/(portal)/keys/key-list'

const row = (name: string, fields: Partial<KeyRow> = {}): KeyRow => ({
  id: name,
  name,
  last4: '',
  provider: 'openai',
  environment: 'production',
  tags: [],
  owner: null,
  status: 'active',
  trouble: null,
  reason: null,
  lastError: null,
  lastUsedAt: null,
  spendNanos: 0n,
  requests: 0,
  failures: 0,
  success: null,
  averageMs: null,
  ...fields,
})
const names = (rows: KeyRow[]) => rows.map((each) => each.name).join(' ')
const choose = (rows: KeyRow[], query: object) => names(chooseKeys(rows, keyParams.parse(query)))

describe('the address of the list', () => {
  it.each([
    [{ sort: 'nonsense', range: '5y', chart: ['x'], key: '' }],
    [{ sort: ['-', 'name'], range: ['24h', '1h'], provider: '' }],
    [{ q: ['', 'a'], tag: 'x'.repeat(5000) }],
  ])('falls back instead of failing: %j', (query) => {
    expect(keyParams.parse(query)).toMatchObject({
      sort: { column: 'name', descending: false },
      range: '24h',
      chart: '1h',
    })
  })
})

describe('filters', () => {
  const rows = [
    row('alpha', { owner: 'Ann', tags: ['eu', 'batch'], last4: '9f3c' }),
    row('beta', { provider: 'qwen', status: 'disabled', trouble: 'secret_missing' }),
    row('gamma', { environment: 'staging', status: 'standby', owner: 'Bob' }),
  ]
  it.each([
    [{}, 'alpha beta gamma'],
    [{ provider: 'qwen' }, 'beta'],
    [{ provider: ['qwen', 'openai'], environment: 'production' }, 'alpha beta'],
    [{ status: 'secret_missing' }, 'beta'],
    [{ status: ['standby', 'disabled'] }, 'beta gamma'],
    [{ tag: 'batch' }, 'alpha'],
    [{ owner: ['Ann', 'Bob'] }, 'alpha gamma'],
    [{ q: 'ANN' }, 'alpha'],
    [{ q: '9f3c' }, 'alpha'],
    [{ q: 'nothing' }, ''],
  ])('%j leave %s', (query, expected) => {
    expect(choose(rows, query)).toBe(expected)
  })
})

describe('order', () => {
  const rows = [
    row('c', { requests: 5, success: 0.5, averageMs: 300, spendNanos: 2n ** 60n + 1n }),
    row('a', { requests: 5, success: 1, averageMs: null, spendNanos: 2n ** 60n }),
    row('b', { requests: 9, success: null, averageMs: 20, trouble: 'down' }),
  ]
  it.each([
    ['', 'a b c'],
    ['-name', 'c b a'],
    ['-requests', 'b a c'],
    ['success', 'c a b'],
    ['-success', 'a c b'],
    ['average', 'b c a'],
    ['-average', 'c b a'],
    ['-spend', 'c a b'],
    ['status', 'b a c'],
  ])('by %s is %s: what is not known comes last, equals by name', (sort, expected) => {
    expect(choose([...rows], { sort })).toBe(expected)
  })
})

describe('what is wrong with a key', () => {
  const now = new Date('2026-03-01T00:00:00Z')
  const health = (state: 'up' | 'cooling' | 'down') => ({ state }) as never
  const good = { sealed: true, health: null, key: { secretRef: null, expiresAt: null } }
  it.each([
    ['nothing', good, true, null],
    ['nothing while it is up', { ...good, health: health('up') }, true, null],
    ['its health', { ...good, health: health('cooling') }, true, 'cooling'],
    ['its provider before its health', { ...good, health: health('down') }, false, 'provider_disabled'],
    ['the end of its time', { ...good, key: { secretRef: null, expiresAt: now } }, false, 'expired'],
    ['its secret before all', { ...good, sealed: false, health: health('down') }, false, 'secret_missing'],
    [
      'nothing with a reference',
      { ...good, sealed: false, key: { secretRef: 'env:A', expiresAt: null } },
      true,
      null,
    ],
  ])('is %s', (_, details, providerEnabled, expected) => {
    expect(troubleOf(details, now, providerEnabled)).toBe(expected)
  })
})

describe('the last error', () => {
  const details = (lastError: unknown) =>
    ({
      key: { id: 'a', secretRef: null, expiresAt: null, tags: [] },
      provider: 'one',
      sealed: true,
      health: { state: 'up', lastError },
    }) as never
  const ofCalls = { at: '2026-03-01T10:00:00.000Z', class: 'timeout', status: null, text: 'slow' }
  const activity = { last_error: ofCalls } as never
  const noted = (at: string) => ({ at, class: 'auth', status: 401, message: 'Wrong key' })
  const lastError = (health: unknown, of = activity) =>
    keyRow(details(health), of, { now: new Date(), providerEnabled: true }).lastError

  it('is the newer one of what calls ended with and what the gateway noted', () => {
    expect(lastError(noted('2026-03-01T11:00:00.000Z'))).toEqual({
      at: '2026-03-01T11:00:00.000Z',
      class: 'auth',
      status: 401,
      text: 'Wrong key',
    })
    expect(lastError(noted('2026-03-01T09:00:00.000Z'))).toEqual(ofCalls)
    expect(lastError(null)).toEqual(ofCalls)
    expect(lastError({ class: 3 })).toEqual(ofCalls)
    expect(lastError(null, { last_error: null } as never)).toBeNull()
  })
})
