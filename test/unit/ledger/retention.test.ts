import { expect, it } from 'vitest'
import { monthsBefore } from '@/lib/ledger/retention'

it.each([
  ['2026-11-21T02:00:00Z', 13, '2025-10-21T02:00:00Z'],
  ['2026-03-31T00:00:00Z', 1, '2026-02-28T00:00:00Z'],
  ['2024-03-31T12:00:00Z', 1, '2024-02-29T12:00:00Z'],
  ['2026-01-15T00:00:00Z', 1, '2025-12-15T00:00:00Z'],
  ['2026-01-31T00:00:00Z', 120, '2016-01-31T00:00:00Z'],
])('from %s, %i months back is %s', (now, months, expected) => {
  expect(monthsBefore(new Date(now), months)).toEqual(new Date(expected))
})
