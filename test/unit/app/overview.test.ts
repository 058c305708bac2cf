import { expect, test } from 'vitest'
import type { KeyRow } from '@/app/(portal)/keys/key-list'
import { keysThatNeedAttention } from '@/app/(portal)/overview/attention'
import { successRate, toPoints } from '@/app/(portal)/overview/report'

function key(values: Partial<KeyRow> & { name: string }): KeyRow {
  return {
    id: values.name,
    last4: '1234',
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
    requests: 10,
    failures: 0,
    success: 1,
    averageMs: 100,
    ...values,
  }
}

test('keys in trouble come before failing ones, then standby keys that serve, then disabled ones; good keys are left out', () => {
  const rows = [
    key({ name: 'good' }),
    key({ name: 'idle-standby', status: 'standby', requests: 0 }),
    key({ name: 'disabled', status: 'disabled', trouble: 'secret_missing' }),
    key({ name: 'serving-standby', status: 'standby' }),
    key({ name: 'few-failures', failures: 1 }),
    key({ name: 'many-failures', failures: 7 }),
    key({ name: 'no-secret', trouble: 'secret_missing' }),
  ]
  expect(keysThatNeedAttention(rows).map(({ name }) => name)).toEqual([
    'no-secret',
    'many-failures',
    'few-failures',
    'serving-standby',
    'disabled',
  ])
})

test('without calls there is no success rate', () => {
  expect(successRate({ requests: 0, errors: 0 })).toBeNull()
  expect(successRate({ requests: 4, errors: 1 })).toBe(0.75)
})

test('a call is in exactly one part of its bar, and hours without calls are zero', () => {
  const points = [{ time: 'b', requests: 10, errors: 3, refused: 2, cost_nanos: '0' }]
  expect(toPoints(points, ['a', 'b']).map(({ values }) => values)).toEqual([
    { succeeded: 0, failed: 0, refused: 0 },
    { succeeded: 7, failed: 3, refused: 2 },
  ])
})
