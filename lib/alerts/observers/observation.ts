/** What rules and observations are, and what all observers share. */
import type { AlertScope } from '@/drizzle/schema'
import type { AlertSubject, Facts } from '@/lib/alerts/facts'
import type { Readings } from '@/lib/alerts/readings'
import type { AlertKind, Severity } from '@/lib/schemas/alerts'

export type Rule = {
  id: string
  name: string
  kind: AlertKind
  scope: AlertScope
  windowMinutes: number
  threshold: number
  minCount: number
  severity: Severity
}

export type Observation = {
  /** The same for as long as it is the same trouble. */
  key: string
  subject: AlertSubject
  facts: Facts
  /** People are told again when it rises. */
  level: number
  severity: Severity
}

/** `open` holds the keys of the rule's open alerts: for these a little traffic is enough to go on. */
export type Observer = (rule: Rule, readings: Readings, open: Set<string>) => Observation[]

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export function observation(
  rule: Rule,
  subject: AlertSubject,
  facts: Facts,
  key = keyOf(subject),
): Observation {
  return { key, subject, facts, level: 1, severity: rule.severity }
}

export function keyOf({ scope, id }: Pick<AlertSubject, 'scope' | 'id'>): string {
  return `${scope} ${id}`
}

export function iso(time: number): string {
  return new Date(time).toISOString()
}
