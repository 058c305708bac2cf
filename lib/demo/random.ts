export type Random = () => number

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `low` to `high`, most often nearer to `low`, as sizes and durations are. */
export function skewed(random: Random, [low, high]: readonly [number, number]): number {
  return Math.round(low + (high - low) * random() ** 2)
}

/** One of `items`, in proportion to their weights. */
export function weighted<Item>(random: Random, items: Item[], weightOf: (item: Item) => number): Item {
  let left = random() * items.reduce((sum, item) => sum + weightOf(item), 0)
  const found = items.find((item) => {
    left -= weightOf(item)
    return left < 0
  })
  const chosen = found ?? items.at(-1)
  if (chosen === undefined) throw new Error('there is nothing to choose from')
  return chosen
}
