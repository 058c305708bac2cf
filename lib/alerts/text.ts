/** Alerts in words: what happened, in figures, whom it affects and what to do, in both languages. */
import type { AppliedAction } from '@/drizzle/schema'
import type { Language } from '@/lib/errors'
import type { AlertDetails, Facts, PoolLeft } from './facts'
import { budgetWords } from './words/budget'
import { keyWords } from './words/key'
import { type Speech, speechFor, type Words } from './words/speech'
import { systemWords } from './words/system'
import { trafficWords } from './words/traffic'

export type AlertText = Words & {
  /** Empty when nobody is known. */
  affects: string
}

/** `timeZone`: of the organisation. */
export function alertText(
  { subject, facts, affects }: AlertDetails,
  language: Language,
  timeZone: string,
): AlertText {
  const zh = language === 'zh'
  return { ...words(facts, speechFor(subject, zh, timeZone)), affects: affectsText(facts, affects, zh) }
}

function words(facts: Facts, speech: Speech): Words {
  switch (facts.kind) {
    case 'budget':
    case 'burn_rate':
    case 'projected_exhaustion':
      return budgetWords(facts, speech)
    case 'balance_low':
    case 'error_rate':
    case 'rate_limited':
    case 'latency':
    case 'ttft':
      return trafficWords(facts, speech)
    case 'key_down':
    case 'pool_degraded':
    case 'pool_out':
    case 'key_unused':
    case 'key_expiring':
      return keyWords(facts, speech)
    default:
      return systemWords(facts, speech)
  }
}

function affectsText(facts: Facts, apps: string[], zh: boolean): string {
  const pools = 'pools' in facts ? facts.pools.map((pool) => poolLeft(pool, zh)) : []
  const parts = [
    ...(pools.length > 0 ? [zh ? `密钥池：${pools.join('、')}` : `Pools: ${pools.join(', ')}`] : []),
    ...(apps.length > 0 ? [zh ? `应用：${apps.join('、')}` : `Apps: ${apps.join(', ')}`] : []),
  ]
  return parts.join(zh ? '；' : '; ')
}

function poolLeft({ name, up, total }: PoolLeft, zh: boolean): string {
  return zh ? `${name}（剩 ${up}/${total}）` : `${name} (${up} of ${total} left)`
}

/** What a rule has done, in words. */
export function appliedText({ action }: AppliedAction, language: Language): string {
  const zh = {
    stop: '已停止',
    downgrade: '已降级',
    economy: '已限定模型',
    throttle: '已限速',
    disable_key: '已停用密钥',
  }
  const en = {
    stop: 'stopped',
    downgrade: 'downgraded',
    economy: 'limited to some models',
    throttle: 'throttled',
    disable_key: 'key disabled',
  }
  return (language === 'zh' ? zh : en)[action]
}
