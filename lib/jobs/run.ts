/**
 * Runs what is due: every process may ask at any time, and each job is run by one of them. A job past its limit is cut,
 * so that it cannot keep the ones after it waiting; one whose process dies or hangs is free again half a minute later.
 */

import type { Database } from '@/lib/data/database'
import { type Claim, claimJob, dueJobs, endRun, registerJobs, renewClaim } from '@/lib/data/jobs'
import { errorText, log } from '@/lib/log'
import { within } from '@/lib/within'
import { firstDelay, nextDue } from './schedule'

export type Job = {
  name: string
  intervalMs: number
  /** After this long `signal` fires and the run has failed. */
  limitMs: number
  /** What it answers is kept with the run. */
  run(signal: AbortSignal): Promise<object>
}

export type JobReport = {
  job: string
  ran: boolean
  ms: number
  error?: string
  details?: object
  next_due_at?: string
}

const tickMs = 5000
/** How long a process that no longer renews its claim keeps a job. */
const leaseMs = 30_000
/** A statement about jobs takes milliseconds. */
const databaseMs = 5000
const stopMs = 3000

export type ScheduleOptions = {
  database: Database
  processId: string
  jobs: Job[]
  /** 0 up to 1. */
  random?: () => number
  leaseMs?: number
}

export class Schedule {
  private registered = false
  private readonly running = new Map<string, { controller: AbortController; done: Promise<JobReport> }>()
  private rounds = 0
  private timer: NodeJS.Timeout | undefined
  private stopping = false

  private readonly options: Required<ScheduleOptions>

  constructor(options: ScheduleOptions) {
    this.options = { random: Math.random, leaseMs, ...options }
  }

  /** Looks every five seconds for what is due. */
  start(): void {
    this.timer = setInterval(() => this.tick(), tickMs)
    this.timer.unref()
    this.tick()
  }

  /** Ends what runs here; another process may take it up at once. */
  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.stopping = true
    for (const { controller } of this.running.values()) controller.abort(new Stopped())
    const ends = Promise.all([...this.running.values()].map(({ done }) => done))
    await within(stopMs, ends).catch(() => {})
  }

  /** Runs all that is due and not run elsewhere, in the order of the list. Throws when the database does not answer. */
  async runDue(): Promise<JobReport[]> {
    const { database, jobs, random } = this.options
    if (!this.registered) {
      const list = jobs.map(({ name, intervalMs, limitMs }) => ({
        name,
        intervalMs,
        limitMs,
        firstMs: firstDelay(intervalMs, random),
      }))
      await within(databaseMs, registerJobs(database, list))
      this.registered = true
    }
    const due = new Set(await within(databaseMs, dueJobs(database)))
    const reports: JobReport[] = []
    for (const job of jobs) {
      const report = due.has(job.name) && !this.stopping ? await this.claimAndRun(job) : null
      reports.push(report ?? { job: job.name, ran: false, ms: 0 })
    }
    return reports
  }

  /** A round that waits for a slow job does not keep the next one from running the others. */
  private tick(): void {
    if (this.rounds > this.options.jobs.length) return
    this.rounds++
    this.runDue()
      .catch((error) => log.warn({ error: errorText(error) }, 'what is due could not be found out'))
      .finally(() => this.rounds--)
  }

  private async claimAndRun(job: Job): Promise<JobReport | null> {
    const { database, processId, leaseMs } = this.options
    const claim = await within(databaseMs, claimJob(database, job.name, processId, leaseMs))
    if (!claim) return null
    const controller = new AbortController()
    const done = this.run(job, claim, controller)
    this.running.set(claim.runId, { controller, done })
    return await done.finally(() => this.running.delete(claim.runId))
  }

  private async run(job: Job, claim: Claim, controller: AbortController): Promise<JobReport> {
    const startedAt = performance.now()
    const result = await this.runGuarded(job, claim, controller)
    const ms = Math.round(performance.now() - startedAt)
    const stopped = controller.signal.reason instanceof Stopped
    const nextDueAt = stopped
      ? new Date(claim.dueAt)
      : new Date(nextDue({ ...claim, intervalMs: job.intervalMs }, this.options.random))
    const error = stopped ? null : result.error
    const details = stopped ? { stopped: true } : result.details
    if (error) log.error({ job: job.name, duration: ms, error }, 'a scheduled job failed')
    await within(databaseMs, endRun(this.options.database, claim.runId, { error, details, nextDueAt })).catch(
      (reason) =>
        log.warn({ job: job.name, error: errorText(reason) }, 'the end of a job could not be noted'),
    )
    return {
      job: job.name,
      ran: true,
      ms,
      ...(error && { error }),
      ...(Object.keys(details).length > 0 && { details }),
      next_due_at: nextDueAt.toISOString(),
    }
  }

  /** The job's answer, or why there is none: it failed, took too long, or its claim was lost. */
  private async runGuarded(
    job: Job,
    { runId }: Claim,
    controller: AbortController,
  ): Promise<{ error: string | null; details: object }> {
    const { database, leaseMs } = this.options
    const { signal } = controller
    const cut = setTimeout(() => {
      controller.abort(new Error(`cut off: it took longer than ${job.limitMs / 1000} s`))
    }, job.limitMs)
    const renewal = setInterval(async () => {
      const ours = await renewClaim(database, runId, leaseMs).catch(() => true)
      if (!ours)
        controller.abort(new Error('another process has taken it over: this one did not answer in time'))
    }, leaseMs / 3)
    try {
      return { error: null, details: (await Promise.race([job.run(signal), whenAborted(signal)])) ?? {} }
    } catch (error) {
      return { error: errorText(error).slice(0, 500), details: {} }
    } finally {
      clearTimeout(cut)
      clearInterval(renewal)
    }
  }
}

class Stopped extends Error {
  override name = 'Stopped'
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
