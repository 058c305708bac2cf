/** What a key was when: from its health events and from who disabled it. Pure; times are milliseconds since the epoch. */

export type Span = { from: number; to: number }

export type HealthChange = {
  at: number
  state: 'up' | 'cooling' | 'down'
  /** Null: of the key itself, else of the key for this model only. */
  model: string | null
  signal: 'canary' | 'real' | null
  reason: string | null
  nextTryAt: number | null
}
export type UseChange = { at: number; disabled: boolean; by: string }

export type PartState = HealthChange['state'] | 'disabled'
export type Part = Span & {
  state: PartState
  /** When it began, which may be before the span; null: nobody knows. */
  since: number | null
  reason: string | null
  signal: HealthChange['signal']
  nextTryAt: number | null
  /** Who disabled it. */
  by: string | null
}
export type Lane = { model: string | null; parts: Part[] }

export type KeyHistory = {
  createdAt: number
  /** In order of time, with the last ones before the span. */
  health: HealthChange[]
  use: UseChange[]
  /** How it is now, in case that is older than the events that are kept. */
  current: HealthChange | null
  disabledNow: boolean
}

/** The key itself first, then each model for which alone it was out. Parts follow one another without gaps. */
export function timeline(span: Span, history: KeyHistory): Lane[] {
  const { createdAt, use, disabledNow } = history
  const existing = { from: Math.max(span.from, createdAt), to: span.to }
  const changes = withCurrent(history)
  const ofModels = [...new Set(changes.flatMap(({ model }) => (model === null ? [] : [model])))]
  const healthOf = (model: string | null) =>
    healthParts(
      existing,
      changes.filter((change) => change.model === model),
    )
  const own = cover(healthOf(null), disabledParts(existing, use, disabledNow))
  return [
    { model: null, parts: own },
    ...ofModels
      .map((model) => ({ model, parts: healthOf(model) }))
      .filter(({ parts }) => parts.some(({ state }) => state !== 'up')),
  ]
}

/** A later time to try again makes no event of its own. */
function withCurrent({ health, current }: KeyHistory): HealthChange[] {
  const last = health.findLast(({ model }) => model === null)
  if (!current || (current.state === 'up' && !last)) return health
  if (last?.state !== current.state) return [...health, current].sort((a, b) => a.at - b.at)
  return health.map((change) => (change === last ? { ...change, nextTryAt: current.nextTryAt } : change))
}

function healthParts(span: Span, changes: HealthChange[]): Part[] {
  const parts: Part[] = [part('up', Number.NEGATIVE_INFINITY, { since: null })]
  for (const { at, state, reason, signal, nextTryAt } of changes) {
    const before = parts.at(-1)
    if (before?.state === state && before.reason === reason) before.nextTryAt = nextTryAt
    else parts.push(part(state, at, { reason, signal, nextTryAt }))
  }
  return clip(span, parts)
}

function disabledParts(span: Span, use: UseChange[], disabledNow: boolean): Part[] {
  const [first] = use
  const initially = first ? !first.disabled : disabledNow
  const parts = [part(initially ? 'disabled' : 'up', Number.NEGATIVE_INFINITY, { since: null })]
  for (const { at, disabled, by } of use) {
    const state = disabled ? 'disabled' : 'up'
    if (parts.at(-1)?.state !== state) parts.push(part(state, at, { by }))
  }
  return clip(span, parts).filter(({ state }) => state === 'disabled')
}

function part(state: PartState, from: number, facts: Partial<Part>): Part {
  return {
    state,
    from,
    to: from,
    since: from,
    reason: null,
    signal: null,
    nextTryAt: null,
    by: null,
    ...facts,
  }
}

/** Each part ends where the next begins; only what lies in the span is left. */
function clip(span: Span, parts: Part[]): Part[] {
  return parts
    .map((one, index) => ({
      ...one,
      from: Math.max(span.from, one.from),
      to: Math.min(span.to, parts[index + 1]?.from ?? span.to),
    }))
    .filter(({ from, to }) => from < to)
}

/** `above` hides what lies under it. */
function cover(below: Part[], above: Part[]): Part[] {
  const left = above.reduce(
    (parts, { from, to }) =>
      parts
        .flatMap((one) => [
          { ...one, to: Math.min(one.to, from) },
          { ...one, from: Math.max(one.from, to) },
        ])
        .filter((one) => one.from < one.to),
    below,
  )
  return [...left, ...above].sort((a, b) => a.from - b.from)
}

/** Milliseconds in each state. */
export function timeIn(parts: Part[]): Record<PartState, number> {
  const sums = { up: 0, cooling: 0, down: 0, disabled: 0 }
  for (const { state, from, to } of parts) sums[state] += to - from
  return sums
}

const worstFirst: PartState[] = ['down', 'cooling', 'disabled', 'up']

/** Of the parts that touch a time, its end included, the one in the worst state. */
export function worstWithin<One extends Part>(parts: One[], { from, to }: Span): One | undefined {
  const touching = parts.filter((one) => one.from <= to && from < one.to)
  return touching.sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state))[0]
}

export type Cell = { start: number; width: number; state: PartState }

/**
 * The span cut into `count` slots, each in the worst state of its time, so that a short outage is seen in a week as
 * well; neighbours in the same state are one cell. Where there was no key, there is none.
 */
export function cells(parts: Part[], { from, to }: Span, count: number): Cell[] {
  const slot = (to - from) / count
  const worst: (PartState | undefined)[] = Array.from({ length: count })
  for (const one of parts) {
    const last = Math.min(count, Math.ceil((one.to - from) / slot))
    for (let index = Math.floor((one.from - from) / slot); index < last; index++) {
      const before = worst[index]
      if (!before || worstFirst.indexOf(one.state) < worstFirst.indexOf(before)) worst[index] = one.state
    }
  }
  const found: Cell[] = []
  for (const [start, state] of worst.entries()) {
    if (!state) continue
    const before = found.at(-1)
    if (before?.state === state && before.start + before.width === start) before.width++
    else found.push({ start, width: 1, state })
  }
  return found
}
