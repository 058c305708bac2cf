import { expect, it } from 'vitest'
import { type AppRow, appParams, chooseApps } from '@/app/(portal)/apps/app-list'

const row = (name: string, changes: Partial<AppRow> = {}): AppRow => ({
  id: name,
  name,
  tenant: 'acme',
  project: 'default',
  environment: 'production',
  owner: null,
  status: 'enabled',
  keys: 1,
  lastCallAt: null,
  requests: 0,
  errors: 0,
  spendNanos: 0n,
  ...changes,
})
const rows = [
  row('web', {
    owner: 'dev@example.com',
    lastCallAt: '2026-03-01T00:00:00.000Z',
    spendNanos: 20_000_000_000n,
  }),
  row('Batch', { tenant: 'bolt', lastCallAt: '2026-03-02T00:00:00.000Z', spendNanos: 3n }),
  row('lab', { environment: 'staging', status: 'disabled' }),
]
const chosen = (search: Record<string, string | string[]>) =>
  chooseApps(rows, appParams.parse(search)).map(({ name }) => name)

it.each([
  ['everything by name', {}, ['Batch', 'lab', 'web']],
  ['by spend, largest first', { sort: '-spend' }, ['web', 'Batch', 'lab']],
  ['the last call, apps without one at the end', { sort: 'last_call' }, ['web', 'Batch', 'lab']],
  [
    'the last call the other way round, apps without one still at the end',
    { sort: '-last_call' },
    ['Batch', 'web', 'lab'],
  ],
  ['one tenant', { tenant: 'bolt' }, ['Batch']],
  ['several values of a filter', { environment: ['staging', 'production'], status: 'disabled' }, ['lab']],
  ['a text in any field', { q: 'DEV@' }, ['web']],
  ['nothing where nothing fits', { tenant: 'nobody' }, []],
  ['everything where the address says something unknown', { sort: '-planet' }, ['Batch', 'lab', 'web']],
])('chooses %s', (_, search, expected) => {
  expect(chosen(search)).toEqual(expected)
})
