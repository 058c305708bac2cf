/** What rules do besides telling people, and how it is undone. Each step is in the audit, in the same transaction. */
import type { AlertAction, AppliedAction } from '@/drizzle/schema'
import { insertAudit } from '@/lib/data/audit'
import type { Db } from '@/lib/data/database'
import { lockKey, updateKey } from '@/lib/data/keys'
import { insertStop, liftStop, type StopRow } from '@/lib/data/stops'
import { newId } from '@/lib/id'
import type { AlertSubject } from './facts'

type Doing = Exclude<AlertAction['action'], 'notify'>
type StopMode = StopRow['mode']

const modes: Record<Exclude<Doing, 'disable_key'>, StopMode> = {
  stop: 'block',
  economy: 'economy',
  throttle: 'throttle',
  downgrade: 'downgrade',
}
const stoppable = ['global', 'tenant', 'project', 'feature', 'app', 'pool', 'provider', 'key'] as const

/** The scope of the stop that `action` makes of a subject; null: it cannot. */
export function stopScope(action: Doing, { scope }: Pick<AlertSubject, 'scope'>): StopRow['scope'] | null {
  if (action === 'disable_key') return null
  // A key is chosen after the model.
  if (action === 'downgrade' && scope === 'key') return null
  return stoppable.find((name) => name === scope) ?? null
}

/** Does what the rule says about the subject; what does not fit the subject is left out. */
export async function applyActions(
  tx: Db,
  rule: { name: string; actions: AlertAction[] },
  subject: AlertSubject,
  reason: string,
  now: number,
): Promise<AppliedAction[]> {
  const applied: AppliedAction[] = []
  for (const action of rule.actions) {
    if (action.action === 'notify') continue
    const done =
      action.action === 'disable_key'
        ? await disableKey(tx, rule.name, subject)
        : await pressStop(tx, rule.name, { ...action, action: action.action }, subject, reason, now)
    if (done) applied.push(done)
  }
  return applied
}

async function pressStop(
  tx: Db,
  ruleName: string,
  { action, rpm, models, minutes }: AlertAction & { action: Exclude<Doing, 'disable_key'> },
  subject: AlertSubject,
  reason: string,
  now: number,
): Promise<AppliedAction | null> {
  const scope = stopScope(action, subject)
  if (!scope) return null
  const id = newId()
  const createdBy = actorOf(ruleName)
  const expiresAt = minutes === null ? null : new Date(now + minutes * 60_000)
  const scopeId = scope === 'global' ? '' : subject.id
  const mode = modes[action]
  await insertStop(tx, {
    id,
    scope,
    scopeId,
    mode,
    rpm,
    models,
    reason: reason.slice(0, 500),
    expiresAt,
    createdBy,
  })
  await insertAudit(tx, {
    actor: createdBy,
    action: 'create',
    resource: 'stop',
    resourceId: id,
    details: { scope, scope_id: scopeId, mode, reason },
  })
  return { action, stop_id: id }
}

async function disableKey(tx: Db, ruleName: string, subject: AlertSubject): Promise<AppliedAction | null> {
  const key = subject.scope === 'key' ? await lockKey(tx, subject.id) : undefined
  if (!key || key.status === 'disabled') return null
  await updateKey(tx, key.id, { status: 'disabled' })
  await insertAudit(tx, {
    actor: actorOf(ruleName),
    action: 'disable',
    resource: 'key',
    resourceId: key.id,
    details: {},
  })
  return { action: 'disable_key', key_id: key.id, before: key.status }
}

/** Takes back what is still in force; what people have changed since then stays as they made it. */
export async function undoActions(tx: Db, actor: string, applied: AppliedAction[]): Promise<void> {
  for (const done of applied) {
    if (done.action === 'disable_key') {
      const key = await lockKey(tx, done.key_id)
      if (key?.status !== 'disabled') continue
      await updateKey(tx, key.id, { status: done.before })
      await insertAudit(tx, { actor, action: 'enable', resource: 'key', resourceId: key.id, details: {} })
    } else if (await liftStop(tx, done.stop_id)) {
      await insertAudit(tx, {
        actor,
        action: 'archive',
        resource: 'stop',
        resourceId: done.stop_id,
        details: {},
      })
    }
  }
}

/** As the audit and the list of stops name a rule. */
export function actorOf(ruleName: string): string {
  return `alert rule ${ruleName}`
}
