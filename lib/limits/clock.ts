/** Time as what needs it takes it, so that tests can be the clock. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs something once, later; returns the function that calls it off. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** A database that has not answered by then counts as away: its driver may wait for ever on a dead connection. */
const deadlineMs = 2000

export class NoAnswer extends Error {
  override name = 'NoAnswer'

  constructor() {
    super(`the database has not answered for ${deadlineMs / 1000} seconds`)
  }
}

/** Rejects when the database takes too long; what it was asked may still happen. */
export function inTime<Result>(clock: Clock, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(deadlineMs, () => reject(new NoAnswer()))
    work.then(resolve, reject).finally(cancel)
  })
}
