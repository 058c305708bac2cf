import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cells,
  type HealthChange,
  type KeyHistory,
  type PartState,
  timeIn,
  timeline,
  type UseChange,
  worstWithin,
} from '@/lib/health/timeline'

const span = { from: 1000, to: 2000 }
const change = (
  at: number,
  state: HealthChange['state'],
  more: Partial<HealthChange> = {},
): HealthChange => ({
  at,
  state,
  model: null,
  signal: 'real',
  reason: state === 'up' ? null : 'rate',
  nextTryAt: null,
  ...more,
})
const history = (given: Partial<KeyHistory> = {}): KeyHistory => ({
  createdAt: 0,
  health: [],
  use: [],
  current: null,
  disabledNow: false,
  ...given,
})
const own = (given: Partial<KeyHistory>) => timeline(span, history(given))[0]?.parts ?? []
const brief = (given: Partial<KeyHistory>) => own(given).map(({ state, from, to }) => [state, from, to])

describe('the timeline of a key', () => {
  it('is up all the time when nothing is known, from when there was a key', () => {
    expect(brief({})).toEqual([['up', 1000, 2000]])
    expect(brief({ createdAt: 1400 })).toEqual([['up', 1400, 2000]])
    expect(brief({ createdAt: 2000 })).toEqual([])
  })

  it('begins with what was so before, and says since when', () => {
    const parts = own({ health: [change(400, 'down', { reason: 'auth' }), change(1500, 'up')] })
    expect(parts).toMatchObject([
      { state: 'down', from: 1000, to: 1500, since: 400, reason: 'auth' },
      { state: 'up', from: 1500, to: 2000, since: 1500 },
    ])
  })

  it('takes what several processes say of the same state as one part, with the newest time to try again', () => {
    const health = [
      change(1100, 'cooling', { nextTryAt: 1150 }),
      change(1110, 'cooling', { nextTryAt: 1300 }),
    ]
    expect(own({ health })).toMatchObject([
      { state: 'up' },
      { state: 'cooling', from: 1100, to: 2000, nextTryAt: 1300 },
    ])
  })

  it('takes from the present what no event says: a later try, or a state older than the events that are kept', () => {
    const current = change(1100, 'cooling', { nextTryAt: 2500, signal: null })
    expect(own({ health: [change(1100, 'cooling', { nextTryAt: 1150 })], current })).toMatchObject([
      { state: 'up' },
      { state: 'cooling', signal: 'real', nextTryAt: 2500 },
    ])
    expect(brief({ current: change(-9e9, 'down') })).toEqual([['down', 1000, 2000]])
    expect(brief({ current: change(1100, 'up') })).toEqual([['up', 1000, 2000]])
  })

  it('is disabled, whatever its health, and says by whom', () => {
    const use = [
      { at: 1200, disabled: true, by: 'ada' },
      { at: 1300, disabled: true, by: 'bob' },
      { at: 1400, disabled: false, by: 'bob' },
    ]
    const health = [change(1100, 'cooling'), change(1250, 'up')]
    expect(brief({ use, health })).toEqual([
      ['up', 1000, 1100],
      ['cooling', 1100, 1200],
      ['disabled', 1200, 1400],
      ['up', 1400, 2000],
    ])
    expect(own({ use })[1]).toMatchObject({ by: 'ada', since: 1200 })
    expect(brief({ disabledNow: true })).toEqual([['disabled', 1000, 2000]])
    expect(brief({ use: [{ at: 1500, disabled: false, by: 'x' }] })).toEqual([
      ['disabled', 1000, 1500],
      ['up', 1500, 2000],
    ])
  })

  it('has a lane of its own for each model that was out by itself', () => {
    const health = [
      change(1100, 'cooling', { model: 'm' }),
      change(1200, 'up', { model: 'm' }),
      change(900, 'up', { model: 'other' }),
    ]
    const lanes = timeline(span, history({ health }))
    expect(lanes.map(({ model }) => model)).toEqual([null, 'm'])
    expect(lanes[0]?.parts).toHaveLength(1)
    expect(lanes[1]?.parts.map(({ state }) => state)).toEqual(['up', 'cooling', 'up'])
  })

  const times = fc.integer({ min: 0, max: 2500 })
  const histories = fc.record({
    createdAt: times,
    health: fc
      .array(fc.record({ at: times, state: fc.constantFrom('up', 'cooling', 'down') }))
      .map((all) => all.sort((a, b) => a.at - b.at).map(({ at, state }) => change(at, state as 'up'))),
    use: fc
      .array(fc.record({ at: times, disabled: fc.boolean(), by: fc.constant('x') }))
      .map((all) => all.sort((a, b) => a.at - b.at)),
    current: fc.constant(null),
    disabledNow: fc.boolean(),
  })

  /** Written down once more, moment by moment. */
  function stateAt({ health, use, disabledNow }: KeyHistory, at: number): PartState {
    const last = (all: UseChange[]) => all.findLast((one) => one.at <= at)
    const disabled = last(use)?.disabled ?? (use[0] ? !use[0].disabled : disabledNow)
    return disabled ? 'disabled' : (health.findLast((one) => one.at <= at)?.state ?? 'up')
  }

  it('has a part for every moment in which there was a key, and the right one', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1000, max: 1999 }), (given, at) => {
        const parts = timeline(span, given)[0]?.parts ?? []
        const found = worstWithin(parts, { from: at, to: at })
        expect(found?.state).toBe(at < given.createdAt ? undefined : stateAt(given, at))
        const total = Object.values(timeIn(parts)).reduce((sum, ms) => sum + ms, 0)
        expect(total).toBe(Math.max(0, span.to - Math.max(span.from, given.createdAt)))
        for (const [index, part] of parts.entries()) {
          expect(part.from).toBeLessThan(part.to)
          if (index > 0) expect(part.from).toBe(parts[index - 1]?.to)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('tells the worst of a time, whatever order it came in', () => {
    const parts = own({ health: [change(1100, 'cooling'), change(1110, 'down'), change(1120, 'up')] })
    const worst = (from: number, to: number) => worstWithin(parts, { from, to })?.state
    expect([worst(1000, 1099), worst(1000, 1100), worst(1105, 1130), worst(1120, 1130)]).toEqual([
      'up',
      'cooling',
      'down',
      'up',
    ])
    expect(worst(2000, 2100)).toBeUndefined()
  })

  it('is drawn in cells, of which each shows the worst of its time', () => {
    const health = [
      change(1501, 'down'),
      change(1502, 'cooling'),
      change(1503, 'up'),
      change(1700, 'cooling'),
    ]
    expect(cells(own({ health, createdAt: 1100 }), span, 10)).toEqual([
      { start: 1, width: 4, state: 'up' },
      { start: 5, width: 1, state: 'down' },
      { start: 6, width: 1, state: 'up' },
      { start: 7, width: 3, state: 'cooling' },
    ])
  })
})
