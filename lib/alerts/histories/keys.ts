/** How keys were in the past: their health and use from what is kept of it, all else as it is today. */
import { readKeys } from '@/lib/alerts/read'
import type { KeyReading } from '@/lib/alerts/readings'
import { readKeyCalls } from '@/lib/data/alert-history'
import { readKeyUse } from '@/lib/data/audit'
import type { Database } from '@/lib/data/database'
import { readHealthChanges } from '@/lib/data/health-events'
import { type History, minute, nothing, Passing, quarter, type Span } from './history'

/** Of each key; where there are more, the past that is looked at is shorter. */
const changesMost = 2000
/** With more keys than this, each minute would be too much work. */
const keysOften = 200

export async function healthHistory(database: Database, wanted: Span): Promise<History> {
  const keys = await readKeys(database)
  const ids = keys.map(({ id }) => id)
  const range = { from: new Date(wanted.from), to: new Date(wanted.to) }
  const [health, use] = await Promise.all([
    readHealthChanges(database, ids, range, changesMost),
    readKeyUse(database, ids),
  ])
  const stepMs = keys.length > keysOften ? 5 * minute : minute
  const changes = health.filter(({ model }) => model === null)
  const from = Math.max(
    wanted.from,
    ...ids.map((id) =>
      knownFrom(
        health.filter(({ key_id }) => key_id === id),
        wanted,
      ),
    ),
  )
  const span = { from: Math.ceil(from / stepMs) * stepMs, to: wanted.to }
  const changed = new Set(changes.map(({ key_id }) => key_id))
  const now = new Map(
    keys.map((key) => [key.id, { ...statusAtFirst(key, use), ...(changed.has(key.id) ? healthy : null) }]),
  )
  const [ofHealth, ofUse] = [new Passing(changes), new Passing(use)]
  return {
    ...span,
    stepMs,
    remarks: [
      'settings_of_today',
      'archived_keys',
      ...(span.from - wanted.from >= quarter ? (['fewer_days'] as const) : []),
    ],
    at(time) {
      for (const { key_id, at, state, reason, next_try_at } of ofHealth.upTo(time)) {
        const key = now.get(key_id)
        if (key) now.set(key_id, { ...key, state, reason, since: at, nextTryAt: next_try_at })
      }
      for (const { key_id, disabled } of ofUse.upTo(time)) {
        const key = now.get(key_id)
        if (key) now.set(key_id, { ...key, status: disabled ? 'disabled' : inUse(key_id) })
      }
      return { ...nothing, now: time, keys: [...now.values()].filter(({ createdAt }) => createdAt <= time) }
    },
  }

  /** What it is when it is not disabled. */
  function inUse(keyId: string): KeyReading['status'] {
    return keys.find(({ id }) => id === keyId)?.status === 'standby' ? 'standby' : 'active'
  }
}

/** From when on all changes of a key are known. */
function knownFrom(changes: { at: number }[], { from }: Span): number {
  const within = changes.filter(({ at }) => at >= from)
  return within.length >= changesMost ? (within[0]?.at ?? from) : from
}

/** Before the first change that is known. */
const healthy = { state: 'up', reason: null, since: null, nextTryAt: null } as const

/** Before the first change that is known; what no change tells of is as it is today. */
function statusAtFirst(key: KeyReading, use: { key_id: string; disabled: boolean }[]): KeyReading {
  const first = use.find(({ key_id }) => key_id === key.id)
  const status = first ? (first.disabled ? 'active' : 'disabled') : key.status
  return { ...key, status, lastError: null }
}

/** With the calls of each key, for rules that tell of keys without any. */
export async function callHistory(database: Database, wanted: Span): Promise<History> {
  const keys = await readKeys(database)
  const span = { from: Math.ceil(wanted.from / quarter) * quarter, to: wanted.to }
  const range = { from: new Date(span.from), to: new Date(span.to) }
  const calls = new Passing(
    await readKeyCalls(
      database,
      keys.map(({ id }) => id),
      range,
    ),
  )
  const lastUsed = new Map<string, number>()
  return {
    ...span,
    stepMs: quarter,
    remarks: ['settings_of_today', 'archived_keys'],
    at(time) {
      for (const { key_id, at } of calls.upTo(time)) lastUsed.set(key_id, at)
      const there = keys.filter(({ createdAt }) => createdAt <= time)
      return {
        ...nothing,
        now: time,
        keys: there.map((key) => ({ ...key, lastUsedAt: lastUsed.get(key.id) ?? null })),
      }
    },
  }
}
