import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { countValues } from '@/components/data-table/count-values'
import { choice, sortBy, text, texts } from '@/components/data-table/parameters'
import { nextSort, sortText, withParams } from '@/components/data-table/query'

const view = z.object({
  q: text,
  tag: texts,
  range: choice(['24h', '7d'], '24h'),
  sort: sortBy(['name', 'spend'], { column: 'spend', descending: true }),
})
const nothing = { q: undefined, tag: [], range: '24h', sort: { column: 'spend', descending: true } }

describe('what a page reads from its address', () => {
  test('each parameter as it was written', () => {
    expect(view.parse({ q: ' gpt ', tag: ['a', 'b'], range: '7d', sort: 'name' })).toEqual({
      q: 'gpt',
      tag: ['a', 'b'],
      range: '7d',
      sort: { column: 'name', descending: false },
    })
    expect(view.parse({ tag: 'a', sort: '-name' })).toMatchObject({
      tag: ['a'],
      sort: { column: 'name', descending: true },
    })
  })

  test.each([
    ['nothing', {}],
    ['empty texts', { q: '', tag: '', range: '', sort: '' }],
    ['unknown values', { range: '5y', sort: '-secret' }],
    ['too long a text', { q: 'x'.repeat(201), tag: 'x'.repeat(201), sort: 'x'.repeat(101) }],
    ['too many values', { tag: Array(101).fill('a') }],
  ])('%s falls back instead of breaking the page', (_, params) => {
    expect(view.parse(params)).toEqual(nothing)
  })

  test('the first of several where one is expected', () => {
    expect(view.parse({ q: ['a', 'b'], range: ['7d', '24h'], sort: ['name', '-spend'] })).toMatchObject({
      q: 'a',
      range: '7d',
      sort: { column: 'name', descending: false },
    })
  })
})

describe('links to another view of a page', () => {
  const current = { q: 'gpt', tag: ['a', 'b'], cursor: 'c1' }

  test('keep what is not changed and begin at the first page', () => {
    expect(withParams('/keys', current, { sort: '-spend' })).toBe('/keys?q=gpt&tag=a&tag=b&sort=-spend')
  })

  test('take away with null, an empty text or an empty list', () => {
    expect(withParams('/keys', current, { q: null, tag: [] })).toBe('/keys')
    expect(withParams('/keys', current, { q: '', tag: ['b'] })).toBe('/keys?tag=b')
  })

  test('turn the page only when asked to', () => {
    expect(withParams('/keys', { q: 'gpt' }, { cursor: 'c2' })).toBe('/keys?q=gpt&cursor=c2')
  })

  test('escape what people typed', () => {
    expect(withParams('/keys', {}, { q: 'a&b=c #' })).toBe('/keys?q=a%26b%3Dc+%23')
  })
})

test('a column sorts in its own direction first and turns round at the next click', () => {
  const byName = { column: 'name', descending: false } as const
  const bySpend = nextSort<'name' | 'spend'>(byName, 'spend', true)
  expect(sortText(bySpend)).toBe('-spend')
  expect(sortText(nextSort(bySpend, 'spend', true))).toBe('spend')
  expect(sortText(nextSort(byName, 'name', false))).toBe('-name')
})

test('a filter offers each value with its number of rows, the most frequent first', () => {
  const rows = [{ tags: ['b', 'a'] }, { tags: ['a', null] }, { tags: ['c'] }, { tags: [] }]
  expect(countValues(rows, ({ tags }) => tags)).toEqual([
    { value: 'a', count: 2 },
    { value: 'b', count: 1 },
    { value: 'c', count: 1 },
  ])
})
