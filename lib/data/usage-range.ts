const bucketMs = 15 * 60_000

/** Half-open: from `from` up to and without `to`. */
export type Range = { from: Date; to: Date }

/** A range as whole 15-minute buckets and what is left before and after them; parts that are empty are null. */
export function splitRange({ from, to }: Range): { buckets: Range | null; edges: Range[] } {
  const first = Math.ceil(from.getTime() / bucketMs) * bucketMs
  const last = Math.floor(to.getTime() / bucketMs) * bucketMs
  if (first >= last) return { buckets: null, edges: [{ from, to }] }
  const edges = [
    { from, to: new Date(first) },
    { from: new Date(last), to },
  ].filter((edge) => edge.from < edge.to)
  return { buckets: { from: new Date(first), to: new Date(last) }, edges }
}

/** The end of the bucket that `now` is in: up to there, what has been counted so far needs no single rows. */
export function bucketEnd(now: Date): Date {
  return new Date((Math.floor(now.getTime() / bucketMs) + 1) * bucketMs)
}
