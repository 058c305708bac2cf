import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { undoActions } from '@/lib/alerts/actions'
import type { AlertDetails } from '@/lib/alerts/facts'
import { alertText, appliedText } from '@/lib/alerts/text'
import type { Actor } from '@/lib/auth/actor'
import { recordAudit } from '@/lib/auth/audit'
import {
  type AlertWithRule,
  findAlert,
  findAlertRule,
  listAlerts,
  lockAlert,
  updateAlert,
} from '@/lib/data/alerts'
import { deliveriesOfAlert } from '@/lib/data/channels'
import type { Db } from '@/lib/data/database'
import { readSettings } from '@/lib/data/settings'
import type { Language } from '@/lib/errors'
import { alert, alertList, alertQuery, alertWithDeliveries } from '@/lib/schemas/alerts'
import { idParam } from '@/lib/schemas/fields'
import { settings } from '@/lib/schemas/settings'
import { pageOf, timePosition } from './page'
import { type AdminDependencies, answer, createRouter, found } from './router'

const tags = ['alerts']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/alerts',
    tags,
    summary: 'List alerts',
    description: 'What fires, what somebody has acknowledged and what is over.',
    request: { query: alertQuery },
    responses: { 200: answer(alertList, 'Alerts, newest first') },
  }),
  get: createRoute({
    method: 'get',
    path: '/alerts/{id}',
    tags,
    summary: 'One alert, with the receipts of its messages',
    request: { params: idParam },
    responses: { 200: answer(alertWithDeliveries, 'The alert') },
  }),
  acknowledge: createRoute({
    method: 'post',
    path: '/alerts/{id}/acknowledge',
    tags,
    summary: 'Say that somebody is on it',
    description: 'It is not told again unless it gets worse; its end is.',
    request: { params: idParam },
    responses: { 200: answer(alert, 'The alert') },
  }),
  resolve: createRoute({
    method: 'post',
    path: '/alerts/{id}/resolve',
    tags,
    summary: 'Close an alert',
    description:
      'It stays closed while its condition holds, unless it gets worse. What the rule has done is undone where the rule says so.',
    request: { params: idParam },
    responses: { 200: answer(alert, 'The alert') },
  }),
}

export function alertRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const { limit, cursor, rule_id: ruleId, key_id: keyId, language, ...question } = c.req.valid('query')
      const after = cursor ? timePosition(cursor) : undefined
      const rows = await listAlerts(db, { ...question, ruleId, keyId, after, limit })
      const words = await wordsOf(db, language)
      return c.json(
        pageOf(
          rows,
          limit,
          (row) => [row.firedAt.toISOString(), row.id],
          (row) => toAnswer(row, words),
        ),
        200,
      )
    })
    .openapi(routes.get, async (c) => {
      const row = found(await findAlert(db, c.req.valid('param').id), 'alert')
      const deliveries = (await deliveriesOfAlert(db, row.id)).map((one) => ({
        id: one.id,
        channel_id: one.channelId,
        channel: one.channel,
        about: one.alertState,
        state: one.state,
        tries: one.tries,
        sent_at: one.sentAt?.toISOString() ?? null,
        receipt: one.receipt,
        created_at: one.createdAt.toISOString(),
      }))
      return c.json({ ...toAnswer(row, await wordsOf(db, undefined)), deliveries }, 200)
    })
    .openapi(routes.acknowledge, async (c) => {
      const { id } = c.req.valid('param')
      await db.transaction((tx) => acknowledge(tx, c.var.actor, id))
      return c.json(await readAlert(db, id), 200)
    })
    .openapi(routes.resolve, async (c) => {
      const { id } = c.req.valid('param')
      await db.transaction((tx) => resolve(tx, c.var.actor, id))
      return c.json(await readAlert(db, id), 200)
    })
}

async function readAlert(db: Db, id: string): Promise<z.output<typeof alert>> {
  return toAnswer(found(await findAlert(db, id), 'alert'), await wordsOf(db, undefined))
}

async function acknowledge(tx: Db, actor: Actor, id: string): Promise<void> {
  const row = found(await lockAlert(tx, id), 'alert')
  if (row.state !== 'firing') return
  await updateAlert(tx, id, { state: 'acknowledged', acknowledgedAt: new Date(), acknowledgedBy: actor.name })
  await recordAudit(tx, actor, 'acknowledge', 'alert', id)
}

async function resolve(tx: Db, actor: Actor, id: string): Promise<void> {
  const row = found(await lockAlert(tx, id), 'alert')
  if (row.state === 'resolved') return
  const rule = row.ruleId ? await findAlertRule(tx, row.ruleId) : undefined
  const undo = rule?.undoOnRecovery ?? false
  if (undo) await undoActions(tx, `${actor.kind}:${actor.name}`, row.applied)
  await updateAlert(tx, id, {
    state: 'resolved',
    resolvedAt: new Date(),
    resolvedBy: actor.name,
    tracking: { ...row.tracking, flapping: false, clearSince: null, silenced: true },
    applied: undo ? [] : row.applied,
  })
  await recordAudit(tx, actor, 'resolve', 'alert', id)
}

type Wording = { language: Language; timeZone: string }

async function wordsOf(db: Db, language: Language | undefined): Promise<Wording> {
  const organisation = settings.parse(await readSettings(db, ['time_zone', 'language']))
  return { language: language ?? organisation.language, timeZone: organisation.time_zone }
}

function toAnswer(row: AlertWithRule, { language, timeZone }: Wording): z.output<typeof alert> {
  const details = row.details as AlertDetails
  const { title, text, affects, action } = alertText(details, language, timeZone)
  const { kind, ...facts } = details.facts
  return {
    id: row.id,
    rule_id: row.ruleId,
    rule: row.rule,
    kind,
    state: row.state,
    severity: row.severity,
    flapping: row.tracking.flapping,
    subject: details.subject,
    title,
    text,
    affects,
    facts,
    recommended_action: action,
    applied: row.applied.map((one) => appliedText(one, language)),
    fired_at: row.firedAt.toISOString(),
    acknowledged_at: row.acknowledgedAt?.toISOString() ?? null,
    acknowledged_by: row.acknowledgedBy,
    resolved_at: row.resolvedAt?.toISOString() ?? null,
    resolved_by: row.resolvedBy,
  }
}
