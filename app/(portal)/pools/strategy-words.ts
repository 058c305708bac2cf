import { useTranslations } from 'next-intl'
import type { Strategy } from './pool-draft'

/** Each way to choose a key: its name, and what it does in a sentence. */
export function useStrategyWords(): Record<Strategy, { name: string; text: string }> {
  const t = useTranslations('strategies')
  return {
    round_robin: { name: t('roundRobin'), text: t('roundRobinText') },
    weighted: { name: t('weighted'), text: t('weightedText') },
    least_latency: { name: t('leastLatency'), text: t('leastLatencyText') },
    lowest_cost: { name: t('lowestCost'), text: t('lowestCostText') },
    priority: { name: t('priority'), text: t('priorityText') },
  }
}
