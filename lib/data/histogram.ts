/**
 * Histograms of latency as one number each, so that PostgreSQL adds them up as numbers: `digits` decimal digits a
 * bucket, the first bucket lowest. See `histogram_bucket()`: four buckets an octave, from 1 ms to 50 minutes.
 */
const digits = 12

/** The values in ms below which these shares (0..1) lie, interpolated inside their buckets; null when it is empty. */
export function percentiles(histogram: string, shares: number[]): (number | null)[] {
  return percentilesOf(bucketCounts(histogram), shares)
}

/** The same of counts by bucket, the first bucket first. */
export function percentilesOf(counts: number[], shares: number[]): (number | null)[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return shares.map((share) => valueAt(counts, share * total))
}

function valueAt(counts: number[], wanted: number): number | null {
  let seen = 0
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] ?? 0
    if (count > 0 && seen + count >= wanted) {
      const low = lowerBound(index)
      return Math.round(low + ((lowerBound(index + 1) - low) * Math.max(wanted - seen, 0)) / count)
    }
    seen += count
  }
  return null
}

/** From the first bucket on. Thousands of groups have two each: digit by digit is faster than by pieces of text. */
function bucketCounts(histogram: string): number[] {
  const counts: number[] = []
  for (let end = histogram.length; end > 0; end -= digits) {
    let count = 0
    for (let at = Math.max(end - digits, 0); at < end; at++)
      count = count * 10 + histogram.charCodeAt(at) - 48
    counts.push(count)
  }
  return counts
}

function lowerBound(index: number): number {
  return 2 ** (index / 4) - 1
}
