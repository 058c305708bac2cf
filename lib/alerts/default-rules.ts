/** The rules of a new installation. Each has an id of its own for good, so that one that was archived stays away. */
import { v5 } from 'uuid'
import type { alertRules } from '@/drizzle/schema'
import type { AlertKind } from '@/lib/schemas/alerts'

type NewRule = typeof alertRules.$inferInsert
type Given = Partial<Omit<NewRule, 'id' | 'kind' | 'threshold'>> &
  Pick<NewRule, 'name' | 'severity'> & { threshold: number }

/** Any fixed UUID: names below it are ours. */
const namespace = '6f6a4a5e-1d0c-4b52-9f3c-a2b1c5d60e71'

const hourly = 60
const given: [AlertKind, Given][] = [
  ['budget', { name: 'Budget reached', threshold: 0, severity: 'warning' }],
  [
    'burn_rate',
    {
      name: 'Money burns fast',
      threshold: 6,
      windowMinutes: 60,
      severity: 'critical',
      renotifyMinutes: hourly,
    },
  ],
  [
    'projected_exhaustion',
    { name: 'Budget will not last', threshold: 24, windowMinutes: 60, severity: 'warning' },
  ],
  ['balance_low', { name: 'Balance low', threshold: 0, severity: 'critical' }],
  [
    'error_rate',
    {
      name: 'Many errors of a key',
      threshold: 0.2,
      minCount: 20,
      windowMinutes: 10,
      scope: { by: 'key' },
      severity: 'critical',
    },
  ],
  [
    'rate_limited',
    { name: 'Surge of 429s', threshold: 3, minCount: 20, windowMinutes: 10, severity: 'warning' },
  ],
  [
    'latency',
    {
      name: 'Slower than usual',
      threshold: 2,
      minCount: 50,
      windowMinutes: 15,
      scope: { by: 'model' },
      severity: 'warning',
    },
  ],
  [
    'ttft',
    {
      name: 'First token later than usual',
      threshold: 2,
      minCount: 50,
      windowMinutes: 15,
      scope: { by: 'model' },
      severity: 'warning',
    },
  ],
  ['key_down', { name: 'Key down', threshold: 0, windowMinutes: 5, severity: 'critical' }],
  ['pool_degraded', { name: 'Pool degraded', threshold: 0.5, minCount: 2, severity: 'warning' }],
  ['pool_out', { name: 'Pool out', threshold: 0, severity: 'critical', renotifyMinutes: hourly }],
  ['key_unused', { name: 'Key unused', threshold: 30, severity: 'info' }],
  ['key_expiring', { name: 'Key expires', threshold: 7, severity: 'warning' }],
  ['ledger_drift', { name: 'Ledger does not add up', threshold: 0, severity: 'critical' }],
  [
    'store_degraded',
    { name: 'Redis or PostgreSQL away', threshold: 0, windowMinutes: 1, severity: 'warning' },
  ],
  ['job_failing', { name: 'Scheduled job fails', threshold: 0, minCount: 2, severity: 'warning' }],
]

export const defaultRules: NewRule[] = given.map(([kind, { threshold, ...rule }]) => ({
  windowMinutes: 15,
  ...rule,
  id: v5(kind, namespace),
  kind,
  threshold: String(threshold),
}))

/** The channel that `FEISHU_WEBHOOK_URL` makes. */
export const environmentChannelId = v5('channel from the environment', namespace)
