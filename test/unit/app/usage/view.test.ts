import { expect, it } from 'vitest'
import { adminQuery, cursorText, parseRequestView, parseUsageView } from '@/app/(portal)/usage/view'

const now = new Date('2026-03-10T00:00:00Z')

it('falls back where the address says something unknown', () => {
  const search = { by: 'planet', and: 'x', measure: '', sort: '-x', range: 'z', tenant: '', cursor: 'x' }
  expect(parseUsageView(search, now, 'UTC')).toMatchObject({
    by: 'app',
    and: null,
    measure: 'cost',
    sort: { column: 'cost', descending: true },
    filters: {},
  })
  expect(parseRequestView({ ...search, outcome: 'fine' }, now, 'UTC')).toMatchObject({
    outcome: null,
    requestId: null,
    after: null,
  })
})

it('reads the cursor that it writes, and no other', () => {
  const position = { ts: '2026-03-09T23:00:00.123456Z', id: '019c0000-0000-7000-8000-000000000000' }
  expect(parseRequestView({ cursor: cursorText(position) }, now, 'UTC').after).toEqual(position)
  expect(parseRequestView({ cursor: `now()_${position.id}` }, now, 'UTC').after).toBeNull()
})

it('sorts by the measure unless the address says otherwise', () => {
  expect(parseUsageView({ measure: 'p95' }, now, 'UTC').sort).toEqual({ column: 'p95', descending: true })
  expect(parseUsageView({ measure: 'p95', sort: 'name' }, now, 'UTC').sort).toEqual({
    column: 'name',
    descending: false,
  })
})

it('does not group by the same thing twice', () => {
  expect(parseUsageView({ by: 'model', and: 'model' }, now, 'UTC').and).toBeNull()
})

it('asks the admin API for the same rows, with a fixed end', () => {
  const view = parseUsageView({ range: '1h', app: ['a', 'b', 'a'], model: 'm' }, now, 'UTC')
  expect(adminQuery(view, { group_by: 'app', status: null })).toBe(
    'from=2026-03-09T23%3A00%3A00.000Z&to=2026-03-10T00%3A00%3A00.000Z&app=a&app=b&model=m&group_by=app',
  )
})
