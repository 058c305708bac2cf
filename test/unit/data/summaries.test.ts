import { expect, it } from 'vitest'
import { dimensions, viewWith } from '@/lib/data/summaries'

const always = ['kind', 'error_class']
const pairs = dimensions.flatMap((one, index) =>
  dimensions.slice(index + 1).map((other) => [one, other] as const),
)

it.each(pairs)('a view that is smaller than everything keeps %s and %s', (one, other) => {
  expect(viewWith([one, other])).not.toBe('everything')
})

it('what no smaller view keeps is read from the one that keeps everything', () => {
  expect(viewWith(dimensions)).toBe('everything')
  expect(viewWith(['app_id', 'feature', 'model'])).toBe('everything')
  expect(viewWith([])).toBe('totals')
  expect(always.map((dimension) => viewWith([dimension as 'kind']))).toEqual(['totals', 'totals'])
})
