import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { AlertAction } from '@/drizzle/schema'
import { stopScope } from '@/lib/alerts/actions'
import type { AlertSubject } from '@/lib/alerts/facts'
import { type Preview, previewRule } from '@/lib/alerts/preview'
import { recordAudit } from '@/lib/auth/audit'
import {
  type AlertRuleRow,
  findAlertRule,
  insertAlertRules,
  listAlertRules,
  updateAlertRule,
} from '@/lib/data/alerts'
import { newId } from '@/lib/id'
import { alertRulePreview } from '@/lib/schemas/alert-preview'
import {
  type AlertKind,
  alertRule,
  alertRuleInput,
  alertRuleList,
  alertRulePatch,
  kindNotes,
} from '@/lib/schemas/alerts'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { camelKeys } from './case'
import { organisationZone } from './organisation-zone'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, body, createRouter, found, gone, invalid } from './router'

const tags = ['alerts']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/alert-rules',
    tags,
    summary: 'List alert rules',
    request: { query: listQuery },
    responses: { 200: answer(alertRuleList, 'Rules') },
  }),
  create: createRoute({
    method: 'post',
    path: '/alert-rules',
    tags,
    summary: 'Add an alert rule',
    description: `It is told on every channel. By kind: ${Object.entries(kindNotes)
      .map(([kind, note]) => `${kind}: ${note}`)
      .join('. ')}.`,
    request: { body: body(alertRuleInput) },
    responses: { 201: answer(alertRule, 'The new rule') },
  }),
  preview: createRoute({
    method: 'post',
    path: '/alert-rules/preview',
    tags,
    summary: 'How often a rule would have fired over the last seven days',
    description:
      'Looks at the past step by step as the rule itself would have, with its window, minimum count, damping and mutes; muted_until and enabled are ignored. Nothing is saved, nobody is told, and what its actions would have changed is not part of it.',
    request: { body: body(alertRuleInput) },
    responses: { 200: answer(alertRulePreview, 'When it would have fired') },
  }),
  get: createRoute({
    method: 'get',
    path: '/alert-rules/{id}',
    tags,
    summary: 'One alert rule',
    request: { params: idParam },
    responses: { 200: answer(alertRule, 'The rule') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/alert-rules/{id}',
    tags,
    summary: 'Change an alert rule',
    description: 'Open alerts of a rule that is switched off end at its next evaluation.',
    request: { params: idParam, body: body(alertRulePatch) },
    responses: { 200: answer(alertRule, 'The rule') },
  }),
  archive: createRoute({
    method: 'delete',
    path: '/alert-rules/{id}',
    tags,
    summary: 'Archive an alert rule',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

export function alertRuleRoutes({ database }: AdminDependencies) {
  const { db } = database
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listAlertRules(db, pageFrom(query))
      return c.json(
        pageOf(rows, query.limit, (row) => [row.id], toAnswer),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const { threshold, ...input } = c.req.valid('json')
      checkActions(input.kind, input.scope.by, input.actions)
      const id = newId()
      await db.transaction(async (tx) => {
        await insertAlertRules(tx, [{ id, ...camelKeys(input), threshold: String(threshold) }])
        await recordAudit(tx, c.var.actor, 'create', 'alert_rule', id)
      })
      return c.json(toAnswer(found(await findAlertRule(db, id), 'alert rule')), 201)
    })
    .openapi(routes.preview, async (c) => {
      const { renotify_minutes: renotifyMinutes, mutes, ...input } = c.req.valid('json')
      const telling = { renotifyMinutes, mutes, timeZone: await organisationZone(db) }
      const rule = { id: 'preview', ...camelKeys(input) }
      return c.json(previewAnswer(await previewRule(database, rule, telling, Date.now())), 200)
    })
    .openapi(routes.get, async (c) =>
      c.json(toAnswer(found(await findAlertRule(db, c.req.valid('param').id), 'alert rule')), 200),
    )
    .openapi(routes.patch, async (c) => {
      const { id } = c.req.valid('param')
      const { threshold, ...input } = c.req.valid('json')
      await db.transaction(async (tx) => {
        const before = found(await findAlertRule(tx, id), 'alert rule')
        const scope = input.scope ?? before.scope
        checkActions(before.kind as AlertKind, scope.by, input.actions ?? before.actions)
        const values = {
          ...camelKeys(input),
          ...(threshold !== undefined && { threshold: String(threshold) }),
        }
        if (Object.keys(values).length > 0) await updateAlertRule(tx, id, values)
        await recordAudit(tx, c.var.actor, 'update', 'alert_rule', id, {
          fields: Object.keys(c.req.valid('json')),
        })
      })
      return c.json(toAnswer(found(await findAlertRule(db, id), 'alert rule')), 200)
    })
    .openapi(routes.archive, async (c) => {
      const { id } = c.req.valid('param')
      await db.transaction(async (tx) => {
        found((await updateAlertRule(tx, id, { archivedAt: new Date() })) || undefined, 'alert rule')
        await recordAudit(tx, c.var.actor, 'archive', 'alert_rule', id)
      })
      return c.body(null, 204)
    })
}

/** What alerts of a kind are about; of budgets it depends on the budget, so everything may fit. */
function subjectOf(kind: AlertKind, by: AlertSubject['scope'] | undefined): AlertSubject['scope'] | 'any' {
  if (kind === 'budget' || kind === 'burn_rate' || kind === 'projected_exhaustion') return 'any'
  if (kind === 'error_rate') return by ?? 'key'
  if (kind === 'latency' || kind === 'ttft') return by ?? 'model'
  if (kind === 'pool_degraded' || kind === 'pool_out') return 'pool'
  return kind === 'ledger_drift' || kind === 'store_degraded' || kind === 'job_failing' ? 'job' : 'key'
}

/** An action that can do nothing about what the alert is about would only seem to protect. */
function checkActions(kind: AlertKind, by: AlertSubject['scope'] | undefined, actions: AlertAction[]): void {
  const scope = subjectOf(kind, by)
  for (const { action } of actions) {
    if (action === 'notify' || scope === 'any') continue
    const fits = action === 'disable_key' ? scope === 'key' : stopScope(action, { scope }) !== null
    if (fits) continue
    throw invalid(
      `actions: ${action} is not possible for ${kind}${by ? ` by ${by}` : ''}`,
      'actions',
      'disable_key needs alerts about keys; the others alerts about a budget, a key, a pool, a provider, an app or a tenant.',
    )
  }
}

const firingsMost = 100

function previewAnswer(preview: Preview | null): z.output<typeof alertRulePreview> {
  if (!preview) {
    const unknown = { from: null, to: null, step_seconds: null, fired: null, told: null }
    return { kept: false, ...unknown, firings: [], remarks: [] }
  }
  const { from, to, stepMs, remarks, firings } = preview
  return {
    kept: true,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    step_seconds: stepMs / 1000,
    fired: firings.length,
    told: firings.reduce((sum, { told }) => sum + told, 0),
    firings: firings
      .slice(-firingsMost)
      .reverse()
      .map(({ subject, severity, firedAt, resolvedAt, told, flapping }) => ({
        subject,
        severity,
        fired_at: new Date(firedAt).toISOString(),
        resolved_at: resolvedAt === null ? null : new Date(resolvedAt).toISOString(),
        told,
        flapping,
      })),
    remarks,
  }
}

function toAnswer(row: AlertRuleRow): z.output<typeof alertRule> {
  const kind = row.kind as AlertKind
  return {
    id: row.id,
    kind,
    note: kindNotes[kind],
    name: row.name,
    scope: row.scope,
    window_minutes: row.windowMinutes,
    threshold: Number(row.threshold),
    min_count: row.minCount,
    severity: row.severity,
    actions: row.actions,
    undo_on_recovery: row.undoOnRecovery,
    renotify_minutes: row.renotifyMinutes,
    mutes: row.mutes,
    muted_until: row.mutedUntil?.toISOString() ?? null,
    enabled: row.enabled,
    created_at: row.createdAt.toISOString(),
  }
}
