/**
 * Who runs which job. A claim is a row that its process renews every few seconds, not an advisory lock: such a lock
 * stays for as long as its connection does, so a process that hangs (or a pooler that keeps the connection) would hold
 * it for ever. All times are the database's, so that clocks of processes need not agree.
 */
import { desc, sql } from 'drizzle-orm'
import { jobRuns, jobs } from '@/drizzle/schema'
import { newId } from '@/lib/id'
import type { Database, Db } from './database'

/** `firstMs`: in how many milliseconds a job that nobody has heard of is due. */
export type NewJob = { name: string; intervalMs: number; limitMs: number; firstMs: number }

/** Makes jobs known. A shorter interval than before counts at once. */
export async function registerJobs({ sql: client }: Database, list: NewJob[]): Promise<void> {
  await client`
    insert into jobs as j (job, interval_ms, limit_ms, due_at)
    select name, "intervalMs", "limitMs", now() + make_interval(secs => "firstMs" / 1000.0)
    from jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb)
      as r(name text, "intervalMs" int, "limitMs" int, "firstMs" int)
    order by name
    on conflict (job) do update set interval_ms = excluded.interval_ms, limit_ms = excluded.limit_ms,
      due_at = least(j.due_at, now() + make_interval(secs => excluded.interval_ms / 1000.0))
    where (j.interval_ms, j.limit_ms) <> (excluded.interval_ms, excluded.limit_ms)`
}

/** Names of the jobs whose time has come and which nobody runs. */
export async function dueJobs({ sql: client }: Database): Promise<string[]> {
  const rows = await client<{ job: string }[]>`
    select job from jobs where due_at <= now() and (claimed_until is null or claimed_until < now())`
  return rows.map(({ job }) => job)
}

export type Claim = {
  runId: string
  /** Milliseconds since the epoch. */
  dueAt: number
  startedAt: number
}

/** Begins a run for exactly one caller; null when the job is not due or runs elsewhere. */
export async function claimJob(
  { sql: client }: Database,
  job: string,
  processId: string,
  leaseMs: number,
): Promise<Claim | null> {
  const runId = newId()
  const [row] = await client<{ due_at: number; started_at: number }[]>`
    with found as (
      select job, run_id, due_at from jobs
      where job = ${job} and due_at <= now() and (claimed_until is null or claimed_until < now())
      for update skip locked
    ),
    claimed as (
      update jobs j set claimed_by = ${processId}, run_id = ${runId},
        claimed_until = now() + make_interval(secs => ${leaseMs / 1000})
      from found where j.job = found.job
    ),
    lost as (
      update job_runs r set ended_at = now(), error = 'its process ended or hung before the job was done'
      from found where r.id = found.run_id and r.ended_at is null
    )
    insert into job_runs (id, job, process_id, started_at) select ${runId}, job, ${processId}, now() from found
    returning extract(epoch from started_at)::float8 * 1000 as started_at,
      (select extract(epoch from due_at)::float8 * 1000 from found) as due_at`
  return row ? { runId, dueAt: row.due_at, startedAt: row.started_at } : null
}

/** False when another process has taken the job over. */
export async function renewClaim(
  { sql: client }: Database,
  runId: string,
  leaseMs: number,
): Promise<boolean> {
  const rows = await client`
    update jobs set claimed_until = now() + make_interval(secs => ${leaseMs / 1000}) where run_id = ${runId} returning 1`
  return rows.length > 0
}

export type RunEnd = { error: string | null; details: object; nextDueAt: Date }

/** Records how a run ended and lets go of the job; one that was taken over stays with its new process. */
export async function endRun({ sql: client }: Database, runId: string, end: RunEnd): Promise<void> {
  await client`
    with freed as (
      update jobs set claimed_by = null, claimed_until = null, run_id = null,
        due_at = ${end.nextDueAt.toISOString()}::timestamptz
      where run_id = ${runId}
    )
    update job_runs set ended_at = now(), error = ${end.error}, details = ${JSON.stringify(end.details)}::text::jsonb
    where id = ${runId} and ended_at is null`
}

export type JobRow = typeof jobs.$inferSelect
export type JobRun = typeof jobRuns.$inferSelect

export async function listJobs(db: Db): Promise<JobRow[]> {
  return await db.select().from(jobs).orderBy(jobs.job)
}

/** The newest runs of each job, newest first. */
export async function latestRuns(db: Db, each: number): Promise<JobRun[]> {
  const newest = sql`
    select r.id from ${jobs} j
    cross join lateral (
      select id, started_at from ${jobRuns} where ${jobRuns.job} = j.job order by ${jobRuns.startedAt} desc limit ${each}
    ) r`
  return await db
    .select()
    .from(jobRuns)
    .where(sql`${jobRuns.id} in (${newest})`)
    .orderBy(desc(jobRuns.startedAt))
}
