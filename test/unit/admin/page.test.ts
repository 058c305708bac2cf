import { expect, it } from 'vitest'
import { decodeCursor, encodeCursor, pageFrom, pageOf } from '@/lib/admin/page'
import { newId } from '@/lib/id'

it('gives a cursor back as it was made', () => {
  const parts = ['2026-03-01T10:00:00.123456Z', newId()]
  expect(decodeCursor(encodeCursor(parts))).toEqual(parts)
})

it.each([
  '',
  'x',
  '!!!',
  Buffer.from('{"a":1}').toString('base64url'),
  Buffer.from('[1]').toString('base64url'),
])('refuses the cursor "%s" with one clear error', (cursor) => {
  expect(() => decodeCursor(cursor)).toThrow('not one of this list')
})

it('refuses a cursor of another list', () => {
  expect(() => pageFrom({ limit: 1, cursor: encodeCursor(['2026-03-01', newId()]) })).toThrow(
    'not one of this list',
  )
})

it('names the next page only when there is one', () => {
  const page = (rows: string[]) =>
    pageOf(
      rows,
      2,
      (row) => [row],
      (row) => row,
    )
  expect(page(['a', 'b'])).toEqual({ data: ['a', 'b'], next_cursor: null })
  expect(page(['a', 'b', 'c'])).toEqual({ data: ['a', 'b'], next_cursor: encodeCursor(['b']) })
})
