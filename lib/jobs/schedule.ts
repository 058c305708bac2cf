/** When jobs are due: pure rules. Times are milliseconds since the epoch. */

/** Jobs of many installations that began at the same moment drift apart by up to this share of their interval. */
const jitterShare = 0.05
const firstWithinMs = 10_000

/** The first time, soon after the job is first heard of. */
export function firstDelay(intervalMs: number, random: () => number): number {
  return Math.round(random() * Math.min(intervalMs, firstWithinMs))
}

/**
 * The time after a run that was due at `dueAt` and began at `startedAt`. It keeps to the rhythm of what was due, so that
 * a late start does not delay all that follow. Runs that were missed are caught up by one.
 */
export function nextDue(
  { dueAt, startedAt, intervalMs }: { dueAt: number; startedAt: number; intervalMs: number },
  random: () => number,
): number {
  const inRhythm = dueAt + intervalMs
  const next = inRhythm > startedAt ? inRhythm : startedAt + intervalMs
  const jitter = (random() * 2 - 1) * jitterShare * intervalMs
  return Math.max(startedAt + 1, Math.round(next + jitter))
}
