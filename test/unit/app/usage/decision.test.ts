import { expect, it } from 'vitest'
import { parseSkipped } from '@/app/(portal)/usage/requests/[id]/decision'

it('reads the keys that were passed over, and takes anything else for none', () => {
  const skipped = [{ key_id: 'k', why: 'expired' }]
  expect(parseSkipped({ skipped })).toEqual(skipped)
  for (const other of [null, {}, { strategy: 'round_robin' }, { skipped: 'x' }])
    expect(parseSkipped(other)).toEqual([])
})
