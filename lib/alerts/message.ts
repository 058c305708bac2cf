/** One message out of what waits in the outbox: pure. Channels give it their own form. */
import type { Language } from '@/lib/errors'
import { type Severity, severities } from '@/lib/schemas/alerts'
import { digestSections, digestTitle } from './digest-text'
import type { AlertPayload, Payload } from './payload'
import type { Notice } from './state'
import { alertText, appliedText } from './text'
import { shortTime } from './words/speech'

export type Section = {
  title: string
  lines: string[]
  /** A button; without the portal's address there is none. */
  button: { text: string; url: string } | null
}

export type Message = {
  id: string
  title: string
  tone: 'critical' | 'warning' | 'info' | 'good'
  sections: Section[]
  /** What is added when sections do not fit. */
  more: { text: (left: number) => string; url: string | null }
  /** The first line of every message of one kind of trouble is the same: for receivers that sort by it. */
  alerts: AlertPayload[]
}

export type Writing = { language: Language; timeZone: string; portalUrl: string | null }

/** Waiting payloads as one group: what one message says. Several groups at once become one digest. */
export function groupOf(payload: Payload): string {
  return payload.kind === 'digest'
    ? `digest ${payload.period} ${payload.from}`
    : `${payload.rule_id} ${payload.notice}`
}

export function compose(id: string, payloads: Payload[], writing: Writing): Message {
  const zh = writing.language === 'zh'
  const alerts = payloads.filter((payload) => payload.kind === 'alert').toSorted(worstFirst)
  const digests = payloads.filter((payload) => payload.kind === 'digest')
  const url = (href: string) => (writing.portalUrl ? `${writing.portalUrl}${href}` : null)
  const sections = [
    ...alerts.map((alert) => alertSection(alert, writing, alerts.length > 1)),
    ...digests.flatMap((digest) => digestSections(digest, writing)),
  ]
  const [first] = alerts
  return {
    id,
    title: first ? titleOf(alerts, writing) : digests[0] ? digestTitle(digests[0], writing) : '',
    tone: toneOf(alerts),
    sections,
    more: {
      text: (left) => (zh ? `还有 ${left} 条，请在控制台查看` : `${left} more: see the portal`),
      url: url(alerts.length > 0 ? '/alerts' : '/usage'),
    },
    alerts,
  }
}

function worstFirst(a: AlertPayload, b: AlertPayload): number {
  const rank = ({ severity, notice }: AlertPayload) =>
    notice === 'resolved' ? -1 : severities.indexOf(severity)
  return rank(b) - rank(a)
}

function titleOf(alerts: AlertPayload[], { language, timeZone }: Writing): string {
  const [first] = alerts
  if (!first) return ''
  const zh = language === 'zh'
  if (alerts.length === 1) {
    const { title } = alertText(first.details, language, timeZone)
    const mark = markOf(first.notice, zh)
    return mark ? `${mark}${zh ? '：' : ': '}${title}` : title
  }
  const rules = new Set(alerts.map(groupOf))
  const name = first.rule || first.details.facts.kind
  if (rules.size > 1) return zh ? `${alerts.length} 条告警动态` : `${alerts.length} alerts have news`
  const mark = markOf(first.notice, zh)
  const count = zh ? `${name}：${alerts.length} 项` : `${name}: ${alerts.length}`
  return mark ? `${mark}${zh ? '：' : ': '}${count}` : count
}

function markOf(notice: Notice, zh: boolean): string {
  const en = { firing: '', again: 'Still', flapping: 'Comes and goes', resolved: 'Over' }
  const chinese = { firing: '', again: '仍未恢复', flapping: '反复出现', resolved: '已恢复' }
  return (zh ? chinese : en)[notice]
}

function toneOf(alerts: AlertPayload[]): Message['tone'] {
  if (alerts.length === 0) return 'info'
  const open = alerts.filter(({ notice }) => notice !== 'resolved')
  if (open.length === 0) return 'good'
  const worst: Severity =
    open.map(({ severity }) => severity).sort((a, b) => severities.indexOf(b) - severities.indexOf(a))[0] ??
    'info'
  return worst
}

function alertSection(
  alert: AlertPayload,
  { language, timeZone, portalUrl }: Writing,
  isOneOfMany: boolean,
): Section {
  const zh = language === 'zh'
  const { title, text, affects, action } = alertText(alert.details, language, timeZone)
  const over = alert.notice === 'resolved'
  const mark = markOf(alert.notice, zh)
  const since = shortTime(alert.fired_at, timeZone)
  const until = alert.resolved_at ? shortTime(alert.resolved_at, timeZone) : null
  const done = alert.applied.map((one) => appliedText(one, language)).join(zh ? '、' : ', ')
  const lines = [
    over ? '' : text,
    over && until
      ? zh
        ? `${since} 至 ${until}`
        : `From ${since} to ${until}`
      : zh
        ? `开始于 ${since}`
        : `Since ${since}`,
    over || !affects ? '' : zh ? `影响：${affects}` : `Affects: ${affects}`,
    done ? (zh ? `规则已执行：${done}` : `The rule has done: ${done}`) : '',
    over ? '' : zh ? `建议：${action.text}` : `What to do: ${action.text}`,
  ].filter(Boolean)
  return {
    title: isOneOfMany ? (mark ? `${mark}${zh ? '：' : ': '}${title}` : title) : '',
    lines,
    button: over || !portalUrl ? null : { text: zh ? '去处理' : 'Open', url: `${portalUrl}${action.href}` },
  }
}

/** What a test sends. */
export function testMessage(id: string, channelName: string, { language, portalUrl }: Writing): Message {
  const zh = language === 'zh'
  const line = zh
    ? `通知方式“${channelName}”工作正常，告警会发到这里。`
    : `The channel “${channelName}” works: alerts will arrive here.`
  const button = portalUrl
    ? { text: zh ? '打开控制台' : 'Open the portal', url: `${portalUrl}/alerts` }
    : null
  return {
    id,
    title: zh ? 'AKCP 测试消息' : 'Test message of AKCP',
    tone: 'info',
    sections: [{ title: '', lines: [line], button }],
    more: { text: () => '', url: null },
    alerts: [],
  }
}
