/** How one key is chosen among those that may serve. Pure, but for the turns that round-robin remembers. */
import { createHash } from 'node:crypto'
import type { Key, Pool } from '@/lib/registry/snapshot'

/** `weight`: its share of the calls, less while it is coming back from a failure. */
export type Candidate = { key: Key; weight: number; fullWeight: number; tier: number }

/** What round-robin remembers of each pool: the current weight of each key. */
export type Turns = Map<string, Map<string, number>>

export type Choosing = {
  pool: Pool
  turns: Turns
  /** 0 up to 1. */
  random: () => number
  /** Of the key: calls in flight times what one takes (ms); 0 while nothing is known. */
  load: (key: Key) => number
  /** Nano-dollars that the call is likely to cost; null for an unknown price. */
  cost: (key: Key) => number | null
  /** Identifies the conversation that the call belongs to; null when it belongs to none. */
  conversation: string | null
}

/** `candidates` must not be empty. */
export function chooseKey(candidates: Candidate[], choosing: Choosing): Key {
  const { pool, conversation } = choosing
  const [only] = candidates
  if (only && candidates.length === 1) return only.key
  if (pool.stickiness === 'conversation' && conversation !== null) return stickyKey(candidates, conversation)
  switch (pool.strategy) {
    case 'weighted':
      return drawn(candidates, choosing.random)
    case 'least_latency':
      return lessLoaded(candidates, choosing)
    case 'lowest_cost':
      return takeTurn(cheapest(candidates, choosing.cost), choosing)
    case 'priority':
    case 'round_robin':
      return takeTurn(candidates, choosing)
  }
}

/** Smooth weighted round-robin: everyone gains its weight, the richest serves and pays the sum. */
function takeTurn(candidates: Candidate[], { pool, turns }: Choosing): Key {
  const known = turns.get(pool.id) ?? new Map<string, number>()
  turns.set(pool.id, known)
  let total = 0
  let best: { key: Key; turn: number } | null = null
  for (const { key, weight } of candidates) {
    const turn = (known.get(key.id) ?? 0) + weight
    known.set(key.id, turn)
    total += weight
    if (!best || turn > best.turn) best = { key, turn }
  }
  if (!best) throw new Error('takeTurn needs a candidate')
  known.set(best.key.id, best.turn - total)
  return best.key
}

function drawn(candidates: Candidate[], random: () => number): Key {
  let left = random() * candidates.reduce((sum, { weight }) => sum + weight, 0)
  const found = candidates.find(({ weight }) => {
    left -= weight
    return left < 0
  })
  return (found ?? (candidates.at(-1) as Candidate)).key
}

/** Two at random, then the less loaded of them: as good as asking all, and calls do not rush to one key at once. */
function lessLoaded(candidates: Candidate[], { random, load }: Choosing): Key {
  const first = Math.floor(random() * candidates.length)
  const second = (first + 1 + Math.floor(random() * (candidates.length - 1))) % candidates.length
  const [a, b] = [candidates[first] as Candidate, candidates[second] as Candidate]
  return load(a.key) / a.weight <= load(b.key) / b.weight ? a.key : b.key
}

function cheapest(candidates: Candidate[], cost: (key: Key) => number | null): Candidate[] {
  const costs = candidates.map(({ key }) => cost(key) ?? Number.POSITIVE_INFINITY)
  const least = Math.min(...costs)
  return candidates.filter((_, index) => costs[index] === least)
}

/**
 * Weighted rendezvous hashing (score -weight / ln h): each conversation has its own order of keys, so it stays with the
 * first of them and moves only while that one cannot serve.
 */
function stickyKey(candidates: Candidate[], conversation: string): Key {
  const score = ({ key, fullWeight }: Candidate) =>
    -fullWeight / Math.log(fraction(`${conversation} ${key.id}`))
  return candidates
    .map((candidate) => ({ key: candidate.key, score: score(candidate) }))
    .reduce((best, next) => (next.score > best.score ? next : best)).key
}

/** Between 0 and 1, both excluded. */
function fraction(text: string): number {
  return (createHash('md5').update(text).digest().readUInt32BE(0) + 0.5) / 2 ** 32
}
