import { useTranslations } from 'next-intl'
import type { UsageSums } from '@/lib/data/usage'
import type { UsageDimension } from '@/lib/schemas/usage-dimensions'
import type { Outcome } from './view'

/** The dimensions of usage, as labels. */
export function useDimensionWords(): Record<UsageDimension, string> {
  const t = useTranslations('usageWords')
  return {
    tenant: t('tenant'),
    project: t('project'),
    feature: t('feature'),
    app: t('app'),
    model: t('model'),
    key: t('key'),
    pool: t('pool'),
    provider: t('provider'),
    environment: t('environment'),
    endpoint: t('endpoint'),
    error_class: t('errorClass'),
  }
}

/** A group's value for people: the name that belongs to an id, or what a missing value means. */
export function useValueWords(): (
  dimension: UsageDimension,
  value: string | null,
  name?: string | null,
) => string {
  const t = useTranslations('usageWords')
  const missing: Partial<Record<UsageDimension, string>> = { error_class: t('noError'), key: t('noKey') }
  return (dimension, value, name) => name ?? value ?? missing[dimension] ?? t('none')
}

/** All values of a group in one text. */
export function useGroupWords(dimensions: UsageDimension[]): (group: UsageSums) => string {
  const words = useValueWords()
  return ({ values, names }) =>
    dimensions
      .map((dimension, index) => words(dimension, values[index] ?? null, names[index] ?? null))
      .join(' · ')
}

export function useOutcomeWords(): Record<Outcome, string> {
  const t = useTranslations('usageWords')
  return {
    ok: t('ok'),
    error: t('error'),
    refused: t('refused'),
    client_closed: t('clientClosed'),
    interrupted: t('interrupted'),
  }
}

export function useCostSourceWords(): Record<'reported' | 'estimated' | 'unknown', string> {
  const t = useTranslations('usageWords')
  return { reported: t('reported'), estimated: t('estimated'), unknown: t('unknown') }
}
