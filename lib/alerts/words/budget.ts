import type { AlertSubject } from '@/lib/alerts/facts'
import { filterOf, type Of, type Speech, scopeName, type Words } from './speech'

export function budgetWords(
  facts: Of<'budget' | 'burn_rate' | 'projected_exhaustion'>,
  speech: Speech,
): Words {
  const { zh, usd, time, percent } = speech
  const whose = scopeName(speech.subject, zh)
  const period = zh
    ? { day: '日预算', month: '月预算' }[facts.period]
    : { day: 'daily budget', month: 'monthly budget' }[facts.period]
  const spent = zh
    ? `已用 ${usd(facts.spent_usd)}，上限 ${usd(facts.limit_usd)}，${time(facts.window_end)} 重置`
    : `${usd(facts.spent_usd)} of ${usd(facts.limit_usd)} spent; it starts anew at ${time(facts.window_end)}`
  const href = budgetHref(speech.subject)
  if (facts.kind === 'budget') {
    const done = effect(facts.action, zh)
    const title = zh
      ? `${whose}的${period}已用 ${percent(facts.share)}`
      : `${whose}: ${percent(facts.share)} of its ${period} is spent`
    const over = facts.rung >= 1
    const text = zh ? `${spent}。${done}` : `${spent}. ${done}`.trim()
    const advice = over
      ? zh
        ? '提高上限，或等待重置；查看是谁花的'
        : 'Raise the limit or wait for the reset; see who spends'
      : zh
        ? '查看开销来源，必要时按下停止按钮'
        : 'See where the money goes; press stop if it must not'
    return { title, text, action: { text: advice, href } }
  }
  const rate = zh
    ? `最近一小时花费 ${usd(facts.usd_per_hour)}，照此 ${time(facts.exhausted_at)} 用尽`
    : `${usd(facts.usd_per_hour)} in the last hour; at this rate it is used up at ${time(facts.exhausted_at)}`
  const title =
    facts.kind === 'burn_rate'
      ? zh
        ? `${whose}的${period}消耗过快：${facts.times.toFixed(1)} 倍于均速`
        : `${whose}: its ${period} burns ${facts.times.toFixed(1)} times as fast as it should`
      : zh
        ? `${whose}的${period}预计 ${time(facts.exhausted_at)} 用尽`
        : `${whose}: its ${period} will be used up at ${time(facts.exhausted_at)}`
  const advice = zh
    ? '查看是哪个应用、哪个模型在花钱；限流、降级或停止'
    : 'See which app and model spend; throttle, downgrade or stop them'
  return { title, text: zh ? `${rate}。${spent}。` : `${rate}. ${spent}.`, action: { text: advice, href } }
}

function effect(action: string, zh: boolean): string {
  const en = {
    stop: 'New calls are refused.',
    downgrade: 'Calls go to cheaper models.',
    economy: 'Only some models are let through.',
    throttle: 'Calls are throttled.',
  }
  const chinese = {
    stop: '新调用已被拒绝。',
    downgrade: '调用改用更便宜的模型。',
    economy: '只放行部分模型。',
    throttle: '调用已被限速。',
  }
  return (zh ? chinese : en)[action as keyof typeof en] ?? ''
}

function budgetHref(subject: AlertSubject): string {
  if (subject.scope === 'key') return `/keys/${subject.id}`
  if (subject.scope === 'pool') return `/pools?q=${encodeURIComponent(subject.name)}`
  if (subject.scope === 'app') return `/apps/${subject.id}`
  return `/usage?${filterOf(subject)}by=app`
}
