/** What all texts of alerts are made with. */
import type { AlertSubject, Facts } from '@/lib/alerts/facts'

export type Action = { text: string; href: string }
export type Words = { title: string; text: string; action: Action }

export type Speech = {
  zh: boolean
  name: string
  subject: AlertSubject
  usd: (amount: number) => string
  time: (iso: string) => string
  percent: (share: number) => string
}

export type Of<Kind extends Facts['kind']> = Extract<Facts, { kind: Kind }>

/** `timeZone`: of the organisation. */
export function speechFor(subject: AlertSubject, zh: boolean, timeZone: string): Speech {
  return {
    zh,
    name: subject.name,
    subject,
    usd: dollars,
    time: (iso) => shortTime(iso, timeZone),
    percent: (share) => `${Math.floor(share * 1000) / 10}%`,
  }
}

export function dollars(amount: number): string {
  return `$${amount.toLocaleString('en-US', { maximumFractionDigits: Math.abs(amount) < 1 ? 4 : 2 })}`
}

/** `2026-03-01 09:30`, in the time zone. */
export function shortTime(iso: string, timeZone: string): string {
  return new Date(iso).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
}

/** Such as `App checkout`. */
export function scopeName({ scope, name }: AlertSubject, zh: boolean): string {
  if (scope === 'global') return zh ? '全局' : 'Everything'
  const en: Record<string, string> = {
    key: 'Key',
    pool: 'Pool',
    provider: 'Provider',
    app: 'App',
    app_key: 'App key',
    tenant: 'Tenant',
    project: 'Project',
    feature: 'Feature',
    model: 'Model',
  }
  const chinese: Record<string, string> = {
    key: '密钥',
    pool: '密钥池',
    provider: '服务商',
    app: '应用',
    app_key: '应用密钥',
    tenant: '租户',
    project: '项目',
    feature: '功能',
    model: '模型',
  }
  return `${(zh ? chinese : en)[scope] ?? scope} ${name}`
}

/** The part of a query that leaves only the subject, with `&` at its end. */
export function filterOf({ scope, id, name }: AlertSubject): string {
  if (['global', 'app_key', 'ledger', 'store', 'job'].includes(scope)) return ''
  return `${scope}=${encodeURIComponent(scope === 'pool' || scope === 'provider' ? name : id)}&`
}
