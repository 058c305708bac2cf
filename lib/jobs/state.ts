/** How a job stands, for people: pure. */
import type { JobState } from '@/lib/schemas/jobs'

/** A schedule that looks every five seconds, or is called once a minute, is never this late. */
const lateMs = 2 * 60_000

export type JobStanding = {
  dueAt: Date
  claimedUntil: Date | null
  /** The newest run that has ended, if there is one. */
  lastEnded: { error: string | null } | undefined
}

export function jobState({ dueAt, claimedUntil, lastEnded }: JobStanding, now: number): JobState {
  const running = claimedUntil !== null && claimedUntil.getTime() > now
  if (!running && dueAt.getTime() < now - lateMs) return 'late'
  if (lastEnded?.error) return 'failing'
  return running ? 'running' : 'waiting'
}
