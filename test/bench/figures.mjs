/** Figures out of measurements: pure, without units of their own. */

/**
 * The value below which the share `p` (0 to 1) of `sorted` lies (nearest rank). NaN when there is none.
 * @param {ArrayLike<number>} sorted ascending
 * @param {number} p
 * @returns {number}
 */
export function percentile(sorted, p) {
  const rank = Math.max(1, Math.ceil(p * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

/**
 * Of rounds: the middle one (of an even number the mean of the two in the middle), the lowest and the highest.
 * @param {number[]} values
 */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const middle = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1)
  return {
    median: middle.reduce((sum, value) => sum + value, 0) / middle.length,
    lowest: sorted[0] ?? Number.NaN,
    highest: sorted.at(-1) ?? Number.NaN,
  }
}

/**
 * How many times as much `one` is as `other`, round by round: both were measured in the same rounds.
 * @param {number[]} one
 * @param {number[]} other
 */
export function ratios(one, other) {
  if (one.length !== other.length) throw new Error('rounds that were not measured in pairs')
  return spread(one.map((value, round) => value / (other[round] ?? Number.NaN)))
}

/**
 * By how much `one` is more than `other`, round by round.
 * @param {number[]} one
 * @param {number[]} other
 */
export function differences(one, other) {
  if (one.length !== other.length) throw new Error('rounds that were not measured in pairs')
  return spread(one.map((value, round) => value - (other[round] ?? Number.NaN)))
}

/**
 * Of the straight line that fits best (least squares): how much `y` grows when `x` grows by one.
 * @param {{x: number, y: number}[]} points
 */
export function slope(points) {
  const mean = (/** @type {number[]} */ values) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(points.map((point) => point.x))
  const y = mean(points.map((point) => point.y))
  const across = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0)
  return across / points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
}

/**
 * Where memory was during a run, and whether it still grew in its second half.
 * @param {{seconds: number, mb: number}[]} samples seconds since the start, and megabytes
 */
export function memoryOver(samples) {
  const half = samples.slice(Math.floor(samples.length / 2))
  const sizes = samples.map(({ mb }) => mb)
  return {
    lowestMb: Math.min(...sizes),
    highestMb: Math.max(...sizes),
    lastMb: sizes.at(-1),
    secondHalfMeanMb: half.reduce((sum, { mb }) => sum + mb, 0) / half.length,
    secondHalfMbPerMinute: slope(half.map(({ seconds, mb }) => ({ x: seconds / 60, y: mb }))),
  }
}

/**
 * The order of the targets in a round: turned by one from round to round, and the other way about once each of them has
 * been first.
 * @template T
 * @param {T[]} targets
 * @param {number} round from 0
 * @returns {T[]}
 */
export function orderOf(targets, round) {
  const start = round % targets.length
  const turned = [...targets.slice(start), ...targets.slice(0, start)]
  return Math.floor(round / targets.length) % 2 ? turned.reverse() : turned
}
