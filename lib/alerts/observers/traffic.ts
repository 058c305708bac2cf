import type { Readings } from '@/lib/alerts/readings'
import { keyOf, type Observation, type Observer, observation, type Rule } from './observation'

export function errorRate(rule: Rule, { traffic }: Readings, open: Set<string>): Observation[] {
  return traffic.flatMap(({ id, name, calls, failed, classes }) => {
    const subject = { scope: rule.scope.by ?? 'key', id, name }
    const enough = open.has(keyOf(subject)) ? 1 : Math.max(1, rule.minCount)
    const share = failed / calls
    if (calls < enough || share < rule.threshold) return []
    const facts = {
      kind: 'error_rate',
      calls,
      failed,
      share,
      window_minutes: rule.windowMinutes,
      classes,
    } as const
    return [observation(rule, subject, facts)]
  })
}

export function rateLimited(rule: Rule, { limited }: Readings): Observation[] {
  return limited.flatMap(({ id, name, count, usual }) => {
    if (count < Math.max(1, rule.minCount) || count < rule.threshold * usual) return []
    const facts = { kind: 'rate_limited', count, usual, window_minutes: rule.windowMinutes } as const
    return [observation(rule, { scope: 'key', id, name }, facts)]
  })
}

export function slower(kind: 'latency' | 'ttft'): Observer {
  return (rule, { traffic }, open) =>
    traffic.flatMap(({ id, name, calls, p95, usualP95 }) => {
      const subject = { scope: rule.scope.by ?? 'model', id, name }
      const enough = open.has(keyOf(subject)) ? 1 : Math.max(1, rule.minCount)
      if (calls < enough || p95 === null || usualP95 === null || p95 < rule.threshold * usualP95) return []
      const facts = { kind, p95_ms: p95, usual_ms: usualP95, calls, window_minutes: rule.windowMinutes }
      return [observation(rule, subject, facts)]
    })
}
