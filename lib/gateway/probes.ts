/** Asks providers whether keys work: each key in its turn, unless calls have just shown that it does. */
import type { ProbeOutcome, ProbeSettings } from '@/drizzle/schema'
import type { Database } from '@/lib/data/database'
import { lastServed, postponeProbes, probeCosts, readKeyChecks, writeProbe } from '@/lib/data/key-checks'
import type { Ending } from '@/lib/health/book'
import { type Finding, type ProbeResult, probe } from '@/lib/health/probe'
import { nextProbe, nextProbeAfterFailure, whetherToProbe } from '@/lib/health/probe-schedule'
import type { Key, Snapshot } from '@/lib/registry/snapshot'
import { defaultProbe } from '@/lib/schemas/keys'
import { startOf } from '@/lib/time-zone'
import { askOneToken, probeCost, probeModel } from './canary'
import type { Context } from './context'

const atOnce = 8

/** Probes the keys whose turn it is; returns how many. */
export async function probeDueKeys(
  context: Context,
  database: Database,
  signal: AbortSignal,
): Promise<{ probed: number; failed: number }> {
  const due = await dueKeys(context, database)
  let failed = 0
  await eachOf(due, atOnce, signal, async (key) => {
    const settings = settingsOf(key)
    const paid = settings.paid ? await paidAllowance(context, database, key, settings) : null
    const result = await probeKey(context, database, key, paid)
    if (!result.ok) failed++
  })
  return { probed: due.length, failed }
}

/** Probes a key because a person wants to know: a good answer brings back what is out. */
export async function probeByHand(
  context: Pick<Context, 'upstream' | 'health' | 'random'>,
  database: Database,
  key: Key,
): Promise<ProbeResult> {
  const startedAt = Date.now()
  const result = await askForModels(context, key)
  if (result.ok) context.health.clear(key.id, Date.now(), 'canary')
  else context.health.probed(key.id, null, endingOf(result), startedAt, Date.now())
  await remember(context, database, key, null, result)
  return result
}

/** Every key that a pool uses, that is switched on and whose secret can be opened. */
export function usableKeys(snapshot: Snapshot): Key[] {
  const keys = new Set([...snapshot.pools.values()].flatMap((pool) => pool.members.map(({ key }) => key)))
  return [...keys].filter((key) => key.status !== 'disabled' && key.secret !== null && key.provider.enabled)
}

async function dueKeys(context: Context, database: Database): Promise<Key[]> {
  const now = Date.now()
  const keys = usableKeys(context.snapshot())
  const checks = await readKeyChecks(
    database.db,
    keys.map((key) => key.id),
  )
  const question = (key: Key, servedAt: number | null) => ({
    enabled: settingsOf(key).enabled,
    intervalMs: intervalOf(key),
    nextProbeAt: checks.get(key.id)?.nextProbeAt?.getTime() ?? null,
    servedAt,
    outlook: context.health.outlook(key.id),
  })
  const turn = keys.filter((key) => whetherToProbe(question(key, null), now) === 'probe')
  const served = await lastServed(
    database,
    turn.map((key) => ({ id: key.id, since: new Date(now - intervalOf(key)) })),
  )
  const seen = turn.filter((key) => whetherToProbe(question(key, served.get(key.id) ?? null), now) === 'seen')
  await postponeProbes(
    database,
    seen.map((key) => ({
      keyId: key.id,
      nextProbeAt: new Date(nextProbe(intervalOf(key), served.get(key.id) ?? now, context.random)),
    })),
  )
  // The longest unprobed first: a run that is cut goes on where it was.
  const last = (key: Key) => checks.get(key.id)?.probedAt?.getTime() ?? 0
  return turn.filter((key) => !seen.includes(key)).sort((a, b) => last(a) - last(b))
}

/** The free endpoint first; one token that costs money only where that is wanted and `paid` allows it. */
async function probeKey(
  context: Context,
  database: Database,
  key: Key,
  paid: bigint | null,
): Promise<ProbeResult> {
  const startedAt = Date.now()
  const free = await askForModels(context, key)
  context.health.probed(key.id, null, endingOf(free), startedAt, Date.now())
  const says = free.ok || !isConclusive(free)
  const model =
    says && paid !== null
      ? probeModel(key, free.models, (name) => context.priceOf(key.provider, name, startedAt))
      : null
  if (!model || paid === null || probeCost(model) > paid) {
    await remember(context, database, key, null, free)
    return free
  }
  const askedAt = Date.now()
  const finding = await askOneToken(context, key, model)
  context.health.probed(key.id, model.name, endingOf(finding), askedAt, Date.now())
  const result = { ...finding, models: free.models }
  await remember(context, database, key, model.name, result)
  return result
}

function askForModels({ upstream }: Pick<Context, 'upstream'>, key: Key): Promise<ProbeResult> {
  const { baseUrl, headers } = key.provider
  return probe(upstream, { baseUrl, headers, secret: key.secret ?? '' })
}

/** What is left this month for paid probes of the key, in nano-dollars; null while their rows could not be written. */
async function paidAllowance(
  context: Context,
  database: Database,
  key: Key,
  { monthly_limit_usd }: ProbeSettings,
): Promise<bigint | null> {
  if (context.ledger.full || context.ledger.crowded) return null
  const month = startOf('month', new Date(), context.snapshot().timeZone)
  const spent = (await probeCosts(database.db, [key.id], month)).get(key.id) ?? 0n
  return BigInt(Math.round(monthly_limit_usd * 1e9)) - spent
}

/** A provider without a list of models answers 404, or finds fault with the question: that is not about the key. */
function isConclusive({ class: failure }: Pick<Finding, 'class'>): boolean {
  return failure !== 'request' && failure !== 'model'
}

function endingOf(finding: Omit<Finding, 'body'>): Ending {
  if (finding.class === null) return { kind: 'success' }
  const { class: failure, status, retryAfterMs } = finding
  return { kind: 'failure', class: failure, status, message: finding.error ?? '', retryAfterMs }
}

async function remember(
  { health, random }: Pick<Context, 'health' | 'random'>,
  database: Database,
  key: Key,
  model: string | null,
  result: ProbeResult,
): Promise<void> {
  const now = Date.now()
  const { ok, ms, status, class: failure, error } = result
  const probe: ProbeOutcome = { ok, model, ms, status, class: failure, error }
  const next =
    ok || !isConclusive(result)
      ? nextProbe(intervalOf(key), now, random)
      : nextProbeAfterFailure(health.outlook(key.id), now)
  await writeProbe(database.db, key.id, { probedAt: new Date(now), nextProbeAt: new Date(next), probe })
}

function settingsOf(key: Key): ProbeSettings {
  return { ...defaultProbe, ...key.probe }
}

function intervalOf(key: Key): number {
  return settingsOf(key).interval_seconds * 1000
}

/** Does `work` for all items, so many at a time, until `signal` ends it. */
export async function eachOf<Item>(
  items: Item[],
  limit: number,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  await Promise.all(
    Array.from({ length: Math.min(limit, items.length) }, async () => {
      for (const item of waiting) {
        signal.throwIfAborted()
        await work(item)
      }
    }),
  )
}
