/**
 * One evaluation of all rules. The rules' rows are locked while it lasts, so that of several processes each rule is one
 * process's at a time, and alerts, actions, audit and messages to send are written in one transaction: an alert that is
 * there has its deliveries, exactly once, whoever dies when.
 */
import { readAppsThrough } from '@/lib/data/alert-readings'
import {
  type AlertRow,
  type AlertRuleRow,
  insertAlert,
  lockAlertRules,
  recentAlerts,
  updateAlert,
} from '@/lib/data/alerts'
import { insertDeliveries, type NewDelivery, openChannels } from '@/lib/data/channels'
import type { Database, Db } from '@/lib/data/database'
import { lockKeys } from '@/lib/data/keys'
import { readSettings } from '@/lib/data/settings'
import { activeStops } from '@/lib/data/stops'
import { newId } from '@/lib/id'
import { errorText, log } from '@/lib/log'
import { type AlertKind, severities } from '@/lib/schemas/alerts'
import { settings } from '@/lib/schemas/settings'
import { actorOf, applyActions, undoActions } from './actions'
import { writeDigests } from './digest'
import type { AlertDetails, AlertSubject } from './facts'
import type { Observation, Rule } from './observers/observation'
import { lookAt, openOf } from './pass'
import type { AlertPayload } from './payload'
import { createReader } from './read'
import { observe } from './rules'
import { isMuted, type Life, reopenMs } from './state'
import { alertText } from './text'

export type AlertContext = {
  database: Database
  /** Milliseconds since the epoch. */
  now?: () => number
}

export type Evaluation = { rules: number; fired: number; resolved: number; told: number }

type Run = {
  tx: Db
  database: Database
  now: number
  timeZone: string
  channels: Awaited<ReturnType<typeof openChannels>>
  done: Evaluation
}

/** Throws, after everything else is done, when a rule could not be evaluated. */
export async function evaluateAlerts({ database, now: clock = Date.now }: AlertContext): Promise<Evaluation> {
  const failures: string[] = []
  const done = await database.db.transaction(async (tx) => {
    const now = clock()
    const rules = await lockAlertRules(tx)
    const { time_zone: timeZone } = settings.parse(await readSettings(tx, ['time_zone']))
    const run: Run = {
      tx,
      database,
      now,
      timeZone,
      channels: await openChannels(tx),
      done: { rules: 0, fired: 0, resolved: 0, told: 0 },
    }
    const alerts = await recentAlerts(tx, new Date(now - reopenMs))
    const stopped = await subjectsHeld(tx, alerts)
    const read = createReader(database, now, timeZone)
    for (const row of rules) {
      const own = alerts.filter(({ ruleId }) => ruleId === row.id)
      const seen = await see(row, own, read).catch((error) => {
        failures.push(`${row.name}: ${errorText(error)}`)
        return null
      })
      if (seen) await evaluateRule(run, row, own, seen, stopped)
    }
    return run.done
  })
  await writeDigests(database, clock())
  if (failures.length > 0) throw new Error(`alert rules could not be evaluated: ${failures.join('; ')}`)
  return done
}

async function see(
  row: AlertRuleRow,
  own: AlertRow[],
  read: ReturnType<typeof createReader>,
): Promise<Observation[]> {
  if (!row.enabled || row.archivedAt) return []
  const rule = ruleOf(row)
  const open = openOf(new Map(own.map((alert) => [alert.subject, lifeOf(alert)])))
  return observe(rule, await read(rule, open), open)
}

function ruleOf({ kind, threshold, ...row }: AlertRuleRow): Rule {
  return { ...row, kind: kind as AlertKind, threshold: Number(threshold) }
}

async function evaluateRule(
  run: Run,
  row: AlertRuleRow,
  own: AlertRow[],
  seen: Observation[],
  held: Set<string>,
): Promise<void> {
  run.done.rules++
  const muted = isMuted(
    { mutes: row.mutes, mutedUntil: row.mutedUntil?.getTime() ?? null },
    run.now,
    run.timeZone,
  )
  // The newest of a subject comes last.
  const alerts = new Map(own.map((alert) => [alert.subject, alert]))
  const lives = new Map(own.map((alert) => [alert.subject, lifeOf(alert)]))
  const circumstances = { now: run.now, muted, renotifyMinutes: row.renotifyMinutes }
  const isHeld = (key: string) => held.has(alerts.get(key)?.id ?? '') && row.enabled && !row.archivedAt
  const told: AlertPayload[] = []
  for (const { key, observation, next, begins, ends, notice } of lookAt(lives, seen, circumstances, isHeld)) {
    const alert = alerts.get(key) ?? null
    const payload = await save(run, row, alert, observation, { next, begins, ends })
    if (notice) {
      told.push({ ...payload, notice })
      await addDeliveries(run, payload.alert_id, next, { ...payload, notice })
    }
  }
  run.done.told += told.length
}

type Change = { next: Life; begins: 'new' | 'reopen' | null; ends: boolean }

/** Writes the alert and does or undoes what the rule says; returns what is to be told of it. */
async function save(
  run: Run,
  row: AlertRuleRow,
  alert: AlertRow | null,
  observation: Observation | null,
  { next, begins, ends }: Change,
): Promise<Omit<AlertPayload, 'notice'>> {
  const before = alert?.details as AlertDetails | undefined
  const details = await detailsOf(run, observation, begins === 'new' ? undefined : before)
  const severity = observation?.severity ?? alert?.severity ?? row.severity
  const id = begins === 'new' || !alert ? newId() : alert.id
  let applied = alert && begins === null ? alert.applied : []
  if (begins) {
    run.done.fired++
    const reason = alertText(details, 'en', run.timeZone).title
    applied = await applyActions(run.tx, row, details.subject, reason, run.now)
  }
  if (ends) {
    run.done.resolved++
    if (row.undoOnRecovery) await undoActions(run.tx, actorOf(row.name), applied)
  }
  const values = {
    state: next.state,
    severity,
    details,
    tracking: next.tracking,
    applied: ends && row.undoOnRecovery ? [] : applied,
    firedAt: new Date(next.firedAt),
    resolvedAt: next.resolvedAt === null ? null : new Date(next.resolvedAt),
    ...(begins && { acknowledgedAt: null, acknowledgedBy: null, resolvedBy: null }),
  }
  if (begins === 'new' || !alert) {
    await insertAlert(run.tx, { id, ruleId: row.id, subject: observation?.key ?? '', ...values })
  } else await updateAlert(run.tx, id, values)
  return {
    kind: 'alert',
    alert_id: id,
    rule_id: row.id,
    rule: row.name,
    severity,
    details,
    applied,
    fired_at: values.firedAt.toISOString(),
    resolved_at: values.resolvedAt?.toISOString() ?? null,
  }
}

/** The figures as they are now, with the apps that were found when it began. */
async function detailsOf(
  run: Run,
  observation: Observation | null,
  before: AlertDetails | undefined,
): Promise<AlertDetails> {
  if (!observation) {
    if (!before) throw new Error('an alert that is not seen has been seen before')
    return before
  }
  const { subject, facts } = observation
  return { subject, facts, affects: before?.affects ?? (await appsThrough(run, subject)) }
}

async function appsThrough({ database, now }: Run, { scope, id }: AlertSubject): Promise<string[]> {
  if (scope !== 'key' && scope !== 'pool' && scope !== 'provider' && scope !== 'model') return []
  const [found] = await readAppsThrough(database, scope, [id], new Date(now - 3_600_000))
  return found?.apps ?? []
}

async function addDeliveries(
  run: Run,
  alertId: string,
  { tracking }: Life,
  payload: AlertPayload,
): Promise<void> {
  const rank = severities.indexOf(payload.severity)
  const rows: NewDelivery[] = run.channels
    .filter(({ minSeverity }) => severities.indexOf(minSeverity) <= rank)
    .map(({ id: channelId }) => ({
      id: newId(),
      channelId,
      about: `${alertId} ${tracking.notices}`,
      alertId,
      alertState: payload.notice,
      payload,
    }))
  await insertDeliveries(run.tx, rows)
  log.info({ alert_id: alertId, rule: payload.rule, notice: payload.notice, channels: rows.length }, 'alert')
}

function lifeOf({ state, firedAt, resolvedAt, tracking }: AlertRow): Life {
  return { state, firedAt: firedAt.getTime(), resolvedAt: resolvedAt?.getTime() ?? null, tracking }
}

/** Open alerts whose own stop or disabled key still keeps all calls from their subject. */
async function subjectsHeld(tx: Db, alerts: AlertRow[]): Promise<Set<string>> {
  const acting = alerts.filter(({ state, applied }) => state !== 'resolved' && applied.length > 0)
  if (acting.length === 0) return new Set()
  const pressed = new Set((await activeStops(tx, null)).map(({ stop }) => stop.id))
  const disabled = await disabledKeys(tx, acting)
  const holds = ({ applied, details }: AlertRow) =>
    isOfTraffic((details as AlertDetails).facts.kind) &&
    applied.some((done) =>
      done.action === 'disable_key'
        ? disabled.has(done.key_id)
        : done.action === 'stop' && pressed.has(done.stop_id),
    )
  return new Set(acting.filter(holds).map(({ id }) => id))
}

/** Kinds that see nothing while no calls are made; a key that is disabled is not looked at either. */
function isOfTraffic(kind: AlertKind): boolean {
  return ['error_rate', 'rate_limited', 'latency', 'ttft', 'key_down'].includes(kind)
}

async function disabledKeys(tx: Db, acting: AlertRow[]): Promise<Set<string>> {
  const ids = acting.flatMap(({ applied }) =>
    applied.flatMap((done) => (done.action === 'disable_key' ? [done.key_id] : [])),
  )
  return new Set((await lockKeys(tx, ids)).filter(({ status }) => status === 'disabled').map(({ id }) => id))
}
