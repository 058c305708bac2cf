import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connect, type Database } from '@/lib/data/database'
import { claimJob, dueJobs, renewClaim } from '@/lib/data/jobs'
import { newId } from '@/lib/id'
import { type Job, Schedule } from '@/lib/jobs/run'
import { type FreshDatabase, freshDatabase } from '../support/database'

let fresh: FreshDatabase
let one: Database
let two: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  one = connect(fresh.gatewayUrl, { max: 4 })
  two = connect(fresh.gatewayUrl, { max: 4 })
})
afterAll(async () => {
  await one?.close()
  await two?.close()
  await fresh?.drop()
})
afterEach(async () => {
  await one.sql`delete from jobs`
  await one.sql`delete from job_runs`
})

const minute = 60_000
const job = (name: string, run: Job['run'], limitMs = minute): Job => ({
  name,
  intervalMs: minute,
  limitMs,
  run,
})
/** Its first jobs are due at once. */
const schedule = (database: Database, jobs: Job[], leaseMs?: number) =>
  new Schedule({ database, processId: newId(), jobs, random: () => 0, ...(leaseMs && { leaseMs }) })
const runs = async () =>
  await one.sql<{ job: string; error: string | null; details: unknown; ended: boolean }[]>`
    select job, error, details, ended_at is not null as ended from job_runs order by started_at, id`
const makeDue = (ago = '1 second') => one.sql`update jobs set due_at = now() - ${ago}::interval`

describe('two runners at once', () => {
  it('run each job once a period', async () => {
    let count = 0
    const jobs = () => [
      job('probes', async () => {
        count++
        await sleep(100)
        return { probed: 3 }
      }),
    ]
    const [first, second] = [schedule(one, jobs()), schedule(two, jobs())]
    const reports = (await Promise.all([first.runDue(), second.runDue()])).flat()
    expect(reports.map(({ ran }) => ran).sort()).toEqual([false, true])
    expect(reports.find(({ ran }) => ran)).toMatchObject({ job: 'probes', details: { probed: 3 } })
    await Promise.all([first.runDue(), second.runDue()])
    expect(count).toBe(1)
    expect(await runs()).toEqual([{ job: 'probes', error: null, details: { probed: 3 }, ended: true }])
  })

  it('run each job once a period, round after round, when ten of them ask', async () => {
    const counts = new Map<string, number>()
    const names = ['a', 'b', 'c']
    const runners = Array.from({ length: 10 }, (_, index) =>
      schedule(
        index % 2 ? one : two,
        names.map((name) =>
          job(name, async () => {
            counts.set(name, (counts.get(name) ?? 0) + 1)
            return {}
          }),
        ),
      ),
    )
    for (let round = 0; round < 5; round++) {
      await Promise.all(runners.map((runner) => runner.runDue()))
      await makeDue()
    }
    expect([...counts]).toEqual(expect.arrayContaining(names.map((name) => [name, 5])))
  })
})

it('a job that hangs is cut off, reported, and keeps none of the others waiting', async () => {
  let signalled = false
  const hanging = job(
    'hangs',
    (signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          signalled = true
        })
      }),
    300,
  )
  const runner = schedule(one, [hanging, job('healthy', async () => ({}))])
  const [hung, healthy] = await runner.runDue()
  expect(hung).toMatchObject({ ran: true, error: 'cut off: it took longer than 0.3 s' })
  expect(healthy).toMatchObject({ ran: true })
  expect(healthy).not.toHaveProperty('error')
  expect(signalled).toBe(true)
  expect(await runs()).toMatchObject([
    { job: 'hangs', error: 'cut off: it took longer than 0.3 s', ended: true },
    { job: 'healthy', error: null, ended: true },
  ])
  await makeDue()
  expect((await runner.runDue())[0]?.ran).toBe(true)
})

it('while one round waits for a slow job, the next runs the others', async () => {
  const order: string[] = []
  let release = () => {}
  const slow = job('slow', async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    order.push('slow')
    return {}
  })
  const quick = job('quick', async () => {
    order.push('quick')
    return {}
  })
  const runner = schedule(one, [slow, quick])
  const first = runner.runDue()
  await expect.poll(async () => (await runs()).length).toBe(1)
  await runner.runDue()
  release()
  await first
  expect(order).toEqual(['quick', 'slow'])
})

it('what throws fails with its reason, and is tried again at its next time', async () => {
  const runner = schedule(one, [
    job('breaks', async () => {
      throw new Error('no such thing')
    }),
  ])
  expect(await runner.runDue()).toMatchObject([{ ran: true, error: 'no such thing' }])
  const [row] = await one.sql`select due_at > now() + interval '50 seconds' as later, claimed_by from jobs`
  expect(row).toEqual({ later: true, claimed_by: null })
})

it('a week of missed runs is caught up by one', async () => {
  let count = 0
  const runner = schedule(one, [
    job('missed', async () => {
      count++
      return {}
    }),
  ])
  await runner.runDue()
  await makeDue('7 days')
  for (let round = 0; round < 3; round++) await runner.runDue()
  expect(count).toBe(2)
})

describe('a process that', () => {
  it('dies loses its job to another, and the run says so', async () => {
    const runner = schedule(one, [job('probes', async () => ({}))])
    await schedule(two, [job('probes', async () => ({}))]).runDue()
    await makeDue()
    // As of a process that was killed in the middle: nobody renews this claim.
    const dead = await claimJob(two, 'probes', newId(), 300)
    expect(dead).not.toBeNull()
    expect((await runner.runDue())[0]?.ran).toBe(false)
    await sleep(400)
    expect((await runner.runDue())[0]?.ran).toBe(true)
    const found = await runs()
    expect(found.map(({ error }) => error)).toEqual([
      null,
      'its process ended or hung before the job was done',
      null,
    ])
    expect(await renewClaim(two, dead?.runId ?? '', 300)).toBe(false)
  })

  it('lives keeps a job for longer than its claim', async () => {
    const slow = [job('slow', () => sleep(1200, { done: true }))]
    const first = schedule(one, slow, 400).runDue()
    await sleep(600)
    expect(await dueJobs(two)).toEqual([])
    expect(await first).toMatchObject([{ ran: true, details: { done: true } }])
  })

  it('hung and comes back stops what another has taken over', async () => {
    let begun = () => {}
    const started = new Promise<void>((resolve) => {
      begun = resolve
    })
    const endless = job('endless', (signal) => {
      begun()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const first = schedule(one, [endless], 600).runDue()
    await started
    await one.sql`update jobs set claimed_until = now() - interval '1 second'`
    const taken = await claimJob(two, 'endless', newId(), minute)
    expect(await first).toMatchObject([{ error: expect.stringContaining('another process') }])
    const [row] = await one.sql`select run_id from jobs`
    expect(row).toEqual({ run_id: taken?.runId })
  })

  it('stops hands its job on at once', async () => {
    const runner = schedule(one, [
      job(
        'slow',
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
          }),
      ),
    ])
    const round = runner.runDue()
    await expect.poll(async () => (await runs()).length).toBe(1)
    await runner.stop()
    await round
    expect(await dueJobs(two)).toEqual(['slow'])
    expect(await runs()).toMatchObject([{ error: null, details: { stopped: true }, ended: true }])
  })
})

it('a shorter interval counts at once', async () => {
  await schedule(one, [{ ...job('daily', async () => ({})), intervalMs: 24 * 60 * minute }]).runDue()
  await schedule(two, [{ ...job('daily', async () => ({})), intervalMs: 2000 }]).runDue()
  const [row] = await one.sql`select due_at < now() + interval '3 seconds' as soon from jobs`
  expect(row).toEqual({ soon: true })
})
