/**
 * The health of every key, in memory: asked for each pick, told of each ending. What changes is written to the database
 * a quarter of a second later, where other processes and the portal read it, and from where a restart begins.
 */
import type { Database } from '@/lib/data/database'
import { type HealthEventRow, type KeyHealthRow, readKeyHealth, writeKeyHealth } from '@/lib/data/key-health'
import { newId } from '@/lib/id'
import { errorText, log } from '@/lib/log'
import type { AttemptClass } from '@/lib/providers/classify'
import {
  afterFailure,
  afterSuccess,
  beginTrial,
  endTrial,
  type Health,
  healthy,
  isBreaker,
  isOfModel,
  mayServe,
  share,
} from './state'

/** Clients can invent any number of model names; of those that failed, the latest are remembered. */
const modelsMax = 100
const writeMs = 250
const readMs = 1000

export type Verdict = {
  serve: 'yes' | 'trial' | 'no'
  reason: AttemptClass | null
  /** Milliseconds since the epoch; null when nobody knows. */
  retryAt: number | null
  /** Out for a breaker reason, which may not take out more than half of a pool. */
  breaker: boolean
  share: number
}

const fine: Verdict = { serve: 'yes', reason: null, retryAt: null, breaker: false, share: 1 }

type FailureEnding = {
  kind: 'failure'
  class: AttemptClass
  status: number | null
  message: string
  retryAfterMs: number | null
}
export type Ending = { kind: 'success' } | { kind: 'left' } | FailureEnding

/** Who has noticed: a probe, or a call. */
type Signal = HealthEventRow['signal']
type LastError = { class: AttemptClass; status: number | null; message: string; at: string; signal: Signal }
type Entry = { key: Health; models: Map<string, Health>; lastError: LastError | null }

/** What `details` of a `key_health` row holds. */
type Details = { process_id?: string; health?: Health; models?: Record<string, Health> }

export class HealthBook {
  private readonly entries = new Map<string, Entry>()
  private readonly dirty = new Set<string>()
  private events: HealthEventRow[] = []
  private readAt = new Date(0)
  private timers: NodeJS.Timeout[] = []
  private writing: Promise<void> = Promise.resolve()

  constructor(
    private readonly database: Database,
    private readonly processId: string,
    private readonly random: () => number = Math.random,
  ) {}

  async start(): Promise<void> {
    await this.read()
    const quietly = (work: () => Promise<void>) => () =>
      void work().catch((error) =>
        log.warn({ error: errorText(error) }, 'the health of keys could not be shared'),
      )
    this.timers = [
      setInterval(
        quietly(() => this.read()),
        readMs,
      ),
      setInterval(
        quietly(() => this.write()),
        writeMs,
      ),
    ]
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    await this.write().catch(() => {})
  }

  verdict(keyId: string, model: string, now: number): Verdict {
    const entry = this.entries.get(keyId)
    if (!entry) return fine
    const ofModel = entry.models.get(model)
    if (!ofModel && entry.key.state === 'up' && share(entry.key, now) === 1) return fine
    const out = [entry.key, ...(ofModel ? [ofModel] : [])].filter((health) => mayServe(health, now) === 'no')
    const trial = [entry.key, ofModel].some((health) => health && mayServe(health, now) === 'trial')
    const [first] = out
    return {
      serve: first ? 'no' : trial ? 'trial' : 'yes',
      reason: first?.reason ?? null,
      retryAt: first ? out.reduce<number | null>((latest, health) => later(latest, health, now), null) : null,
      breaker: first !== undefined && out.every((health) => isBreaker(health.reason)),
      share: Math.min(share(entry.key, now), ofModel ? share(ofModel, now) : 1),
    }
  }

  /** Call when a key with the verdict `trial` is chosen. */
  beginTrial(keyId: string, model: string, now: number): void {
    this.change(keyId, model, (health) =>
      mayServe(health, now) === 'trial' ? beginTrial(health, now) : health,
    )
  }

  report(keyId: string, model: string, ending: Ending, startedAt: number, now: number): void {
    if (ending.kind === 'success') this.change(keyId, model, (health) => afterSuccess(health, now, startedAt))
    else if (ending.kind === 'left' || ending.class === 'request') this.change(keyId, model, endTrial)
    else this.reportFailure(keyId, model, ending, startedAt, now, 'real')
  }

  /**
   * What a probe has found; `model` is null where it asked for none. Such a probe knows less than a call: it brings back
   * only what a refused secret or another probe has taken out.
   */
  probed(keyId: string, model: string | null, ending: Ending, startedAt: number, now: number): void {
    if (ending.kind === 'failure') {
      const aboutKey = ending.class !== 'request' && (model !== null || ending.class !== 'model')
      if (aboutKey) this.reportFailure(keyId, model, ending, startedAt, now, 'canary')
      return
    }
    const entry = this.entries.get(keyId)
    if (!entry || ending.kind === 'left') return
    const revive = (health: Health) => afterSuccess(health, now, startedAt)
    if (model !== null) this.change(keyId, model, revive, 'canary')
    else if (entry.key.state === 'down') this.clear(keyId, now, 'canary')
    else if (entry.key.state === 'cooling' && entry.lastError?.signal === 'canary')
      this.set(keyId, null, revive(entry.key), 'canary')
  }

  private reportFailure(
    keyId: string,
    model: string | null,
    ending: FailureEnding,
    startedAt: number,
    now: number,
    signal: Signal,
  ): void {
    const { class: failure, status, message, retryAfterMs } = ending
    const entry = this.entryOf(keyId)
    entry.lastError = { class: failure, status, message, at: new Date(now).toISOString(), signal }
    this.dirty.add(keyId)
    const seen = { class: failure, retryAfterMs, startedAt, now, random: this.random }
    const scope = isOfModel(failure) ? model : null
    const before = scope === null ? entry.key : (entry.models.get(scope) ?? healthy(0))
    // Calls say when they begin a trial; a probe is one whenever its time has come.
    const onTrial = signal === 'canary' && mayServe(before, startedAt) === 'trial'
    this.set(keyId, scope, afterFailure(onTrial ? beginTrial(before, startedAt) : before, seen), signal)
  }

  /** A person has found the key to be good, or its secret is another one. */
  clear(keyId: string, now: number, signal: Signal = 'real'): void {
    const entry = this.entries.get(keyId)
    if (!entry) return
    entry.models.clear()
    this.set(keyId, null, { ...healthy(now), recoveredAt: entry.key.state === 'up' ? null : now }, signal)
    this.dirty.add(keyId)
  }

  /** The state of the key itself, when it may be tried again, and its score. */
  outlook(keyId: string): Pick<Health, 'state' | 'nextTryAt' | 'score'> {
    return this.entries.get(keyId)?.key ?? { state: 'up', nextTryAt: null, score: 100 }
  }

  private entryOf(keyId: string): Entry {
    const entry = this.entries.get(keyId) ?? { key: healthy(0), models: new Map(), lastError: null }
    this.entries.set(keyId, entry)
    return entry
  }

  private change(
    keyId: string,
    model: string,
    next: (health: Health) => Health,
    signal: Signal = 'real',
  ): void {
    const entry = this.entries.get(keyId)
    if (!entry) return
    this.set(keyId, null, next(entry.key), signal)
    const ofModel = entry.models.get(model)
    if (ofModel) this.set(keyId, model, next(ofModel), signal)
  }

  /** `model` null: of the key itself. Changes of state are events; small changes of the score wait for the next. */
  private set(keyId: string, model: string | null, after: Health, signal: Signal = 'real'): void {
    const entry = this.entryOf(keyId)
    const before = model === null ? entry.key : (entry.models.get(model) ?? null)
    if (model === null) entry.key = after
    else {
      entry.models.set(model, after)
      const [oldest] = entry.models.keys()
      if (entry.models.size > modelsMax && oldest !== undefined) entry.models.delete(oldest)
    }
    if (before?.state === after.state && before.nextTryAt === after.nextTryAt) return
    this.dirty.add(keyId)
    if ((before?.state ?? 'up') === after.state) return
    this.events.push({
      id: newId(),
      ts: new Date(after.since),
      keyId,
      signal,
      result: after.state,
      errorClass: after.state === 'up' ? null : after.reason,
      details: { ...(model !== null && { model }), next_try_at: iso(after.nextTryAt) },
    })
  }

  /** Writes what has changed; by itself that happens a quarter of a second later. */
  write(): Promise<void> {
    this.writing = this.writing
      .catch(() => {})
      .then(async () => {
        if (this.dirty.size === 0 && this.events.length === 0) return
        const ids = [...this.dirty]
        const events = this.events
        this.dirty.clear()
        this.events = []
        try {
          await writeKeyHealth(
            this.database.db,
            ids.map((id) => this.rowOf(id)),
            events,
          )
        } catch (error) {
          for (const id of ids) this.dirty.add(id)
          this.events = [...events, ...this.events].slice(-1000)
          throw error
        }
      })
    return this.writing
  }

  private rowOf(keyId: string): KeyHealthRow {
    const { key, models, lastError } = this.entryOf(keyId)
    const details: Details = { process_id: this.processId, health: key, models: Object.fromEntries(models) }
    return {
      keyId,
      state: key.state,
      score: key.score,
      reason: key.state === 'up' ? null : key.reason,
      since: new Date(key.since),
      nextTryAt: key.nextTryAt === null ? null : new Date(key.nextTryAt),
      lastError,
      details,
      updatedAt: new Date(),
    }
  }

  /** Takes over what other processes have found out later than we. */
  private async read(): Promise<void> {
    const { rows, readAt } = await readKeyHealth(this.database.db, this.readAt)
    this.readAt = readAt
    for (const row of rows) {
      const { process_id, health, models = {} } = row.details as Details
      if (process_id === this.processId || !health || this.dirty.has(row.keyId)) continue
      const entry = this.entryOf(row.keyId)
      if (health.since >= entry.key.since) entry.key = { ...health, trialSince: null }
      for (const [model, theirs] of Object.entries(models)) {
        if (theirs.since >= (entry.models.get(model)?.since ?? 0))
          entry.models.set(model, { ...theirs, trialSince: null })
      }
      entry.lastError = row.lastError as LastError | null
    }
  }
}

/** The later of two times to try again; a trial under way has none that anybody knows. */
function later(latest: number | null, health: Health, now: number): number | null {
  const at = Math.max(health.nextTryAt ?? now, now + 1000)
  return latest === null ? at : Math.max(latest, at)
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
