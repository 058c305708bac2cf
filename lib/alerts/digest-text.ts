/** The daily and the weekly digest in words. */
import type { Message, Section, Writing } from './message'
import type { DigestPayload } from './payload'
import { dollars, shortTime } from './words/speech'

export function digestTitle({ period, from, to }: DigestPayload, { language, timeZone }: Writing): string {
  const day = (iso: string, back = 0) =>
    shortTime(new Date(Date.parse(iso) - back).toISOString(), timeZone).slice(0, 10)
  const first = day(from)
  const last = day(to, 1)
  if (period === 'daily') return language === 'zh' ? `AKCP 日报 ${first}` : `AKCP on ${first}`
  return language === 'zh' ? `AKCP 周报 ${first} 至 ${last}` : `AKCP from ${first} to ${last}`
}

export function digestSections(digest: DigestPayload, { language, portalUrl }: Writing): Section[] {
  const zh = language === 'zh'
  const button = (text: string, href: string): Message['sections'][number]['button'] =>
    portalUrl ? { text, url: `${portalUrl}${href}` } : null
  const range = `range=${digest.period === 'daily' ? '24h' : '7d'}`
  const sections: Section[] = [
    {
      title: zh ? '花费' : 'Spend',
      lines: spendLines(digest, zh),
      button: button(zh ? '查看用量' : 'See usage', `/usage?${range}&by=app`),
    },
  ]
  const rising = digest.apps.filter(({ usd: now, before_usd: before }) => now >= 0.01 && now >= before * 1.5)
  if (rising.length > 0) {
    sections.push({
      title: zh ? '增长明显' : 'What rose',
      lines: rising.map((app) => risingLine(app, zh)),
      button: null,
    })
  }
  if (digest.budgets.length > 0) {
    sections.push({
      title: zh ? '预算' : 'Budgets',
      lines: digest.budgets.map((budget) => budgetLine(budget, zh)),
      button: null,
    })
  }
  if (digest.keys.length > 0) {
    const lines = digest.keys.map(
      ({ name, why }) =>
        `${name}${zh ? '：' : ': '}${why.map((one) => careText(one, zh)).join(zh ? '、' : ', ')}`,
    )
    sections.push({
      title: zh ? '需要处理的密钥' : 'Keys that need care',
      lines,
      button: button(zh ? '查看密钥' : 'See keys', '/keys'),
    })
  }
  return sections
}

function spendLines(digest: DigestPayload, zh: boolean): string[] {
  const { usd: total, before_usd: before, calls, failed, probe_usd: probes, open_alerts: open, apps } = digest
  const change =
    before > 0 ? `${total >= before ? '+' : ''}${Math.round(((total - before) / before) * 100)}%` : ''
  const failing = calls > 0 ? `${(Math.floor((failed / calls) * 1000) / 10).toFixed(1)}%` : '0%'
  const top = apps.slice(0, 5).map(({ name, usd: cost }) => `${name} ${dollars(cost)}`)
  return [
    zh
      ? `共 ${dollars(total)}${change && `（比前一期 ${change}）`}，${calls} 次调用，失败 ${failing}`
      : `${dollars(total)}${change && ` (${change} against the period before)`}, ${calls} calls, ${failing} failed`,
    top.length > 0 ? (zh ? `应用：${top.join('、')}` : `Apps: ${top.join(', ')}`) : '',
    zh ? `本月探活花费：${dollars(probes)}` : `Probes this month: ${dollars(probes)}`,
    open > 0 ? (zh ? `未恢复的告警：${open} 条` : `Open alerts: ${open}`) : '',
  ].filter(Boolean)
}

function risingLine(
  { name, usd: now, before_usd: before }: DigestPayload['apps'][number],
  zh: boolean,
): string {
  return zh
    ? `${name}：${dollars(before)} → ${dollars(now)}`
    : `${name}: ${dollars(before)} → ${dollars(now)}`
}

function budgetLine(
  { scope, name, period, spent_usd, limit_usd, share }: DigestPayload['budgets'][number],
  zh: boolean,
): string {
  const whose = scope === 'global' ? (zh ? '全局' : 'Everything') : name
  const kind = zh ? { day: '日', month: '月' }[period] : { day: 'day', month: 'month' }[period]
  return `${whose} (${kind})${zh ? '：' : ': '}${dollars(spent_usd)} / ${dollars(limit_usd)}, ${Math.floor(share * 100)}%`
}

function careText(why: string, zh: boolean): string {
  const [state = '', reason = ''] = why.split(' ')
  const en: Record<string, string> = {
    down: 'down',
    cooling: 'cooling down',
    expires: 'expires within a week',
    balance: 'low balance',
    no_secret: 'no secret',
  }
  const chinese: Record<string, string> = {
    down: '不可用',
    cooling: '冷却中',
    expires: '一周内到期',
    balance: '余额不足',
    no_secret: '没有密钥内容',
  }
  const text = (zh ? chinese : en)[state] ?? state
  if (!reason) return text
  return zh ? `${text}（${reason}）` : `${text} (${reason})`
}
