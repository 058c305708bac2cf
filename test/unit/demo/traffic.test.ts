import { describe, expect, test } from 'vitest'
import { apps, keys, pools } from '@/lib/demo/cast'
import { seeded } from '@/lib/demo/random'
import { tryKeys } from '@/lib/demo/routing'
import { callsOfHour, expectedPerHour, works } from '@/lib/demo/traffic'

const hourMs = 3_600_000
/** A Friday, 15:00 in Shanghai. */
const friday = Date.parse('2026-11-20T07:00:00Z')
const review = works.find(({ feature }) => feature === 'review')

describe('traffic', () => {
  test('is the same for the same hour, in order of time and within it', () => {
    const calls = callsOfHour(seeded(7), friday, friday)
    expect(callsOfHour(seeded(7), friday, friday)).toEqual(calls)
    expect(callsOfHour(seeded(8), friday, friday)).not.toEqual(calls)
    const times = calls.map(({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.every((at) => at >= friday && at < friday + hourMs)).toBe(true)
  })

  test('follows office hours, weekends and growth', () => {
    if (!review) throw new Error('no such work')
    const at = (time: number, anchor = friday) => expectedPerHour(review, time, anchor)
    expect(at(friday)).toBeGreaterThan(5 * at(friday - 12 * hourMs))
    expect(at(friday)).toBeGreaterThan(5 * at(friday + 24 * hourMs))
    expect(at(friday - 28 * 24 * hourMs)).toBeLessThan(0.7 * at(friday))
  })

  test('every kind of call belongs to an app of the cast', () => {
    const names = new Set(apps.map(({ name }) => name))
    expect(works.filter(({ app }) => !names.has(app))).toEqual([])
    expect(new Set(works.map(({ app }) => app))).toEqual(names)
  })
})

describe('routing', () => {
  const tries = (at: number) => {
    const random = seeded(1)
    return works.flatMap((work) => {
      const environment = apps.find(({ name }) => name === work.app)?.environment ?? 'production'
      return Array.from({ length: 200 }, () => tryKeys(random, work, environment, at, friday))
    })
  }

  test('tries one to three keys, and goes on only after a failure that another key may help', () => {
    for (const tried of tries(friday)) {
      expect(tried.length).toBeGreaterThanOrEqual(1)
      expect(tried.length).toBeLessThanOrEqual(3)
      for (const { failure } of tried.slice(0, -1)) expect(failure && failure.class !== 'request').toBe(true)
    }
  })

  test('uses keys of the pool and environment only, and a standby key only after an active one', () => {
    for (const tried of tries(friday)) {
      for (const [index, { key, pool }] of tried.entries()) {
        const members = pools.find(({ slug }) => slug === pool)?.keys
        if (members) expect(members).toContain(key)
        const { status } = keys.find(({ name }) => name === key) ?? {}
        if (status === 'standby') expect(index).toBeGreaterThan(0)
        expect(key === 'openai-staging').toBe(pool === 'openai-staging')
      }
    }
  })

  test('a key that was disabled served before, and the one that was revoked fails since', () => {
    const used = (at: number, name: string) =>
      tries(at)
        .flat()
        .filter(({ key }) => key === name)
    expect(used(friday, 'deepseek-old')).toEqual([])
    expect(used(friday - 20 * 24 * hourMs, 'deepseek-old').length).toBeGreaterThan(0)
    expect(used(friday, 'qwen-trial').every(({ failure }) => failure?.class === 'auth')).toBe(true)
    expect(used(friday - 20 * 24 * hourMs, 'qwen-trial').some(({ failure }) => failure === null)).toBe(true)
  })
})
