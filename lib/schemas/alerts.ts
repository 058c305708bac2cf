/** Alert rules, alerts and the channels that people are told on. */
import { z } from 'zod'
import {
  label,
  listOf,
  milliseconds,
  modelPatterns,
  pageQuery,
  patchOf,
  slug,
  strict,
  timeIn,
  timeOut,
  title,
} from './fields'

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

/** What a rule of each kind means by its threshold; see `kindNotes`. */
export const alertKinds = [
  'budget',
  'burn_rate',
  'projected_exhaustion',
  'balance_low',
  'error_rate',
  'rate_limited',
  'latency',
  'ttft',
  'key_down',
  'pool_degraded',
  'pool_out',
  'key_unused',
  'key_expiring',
  'ledger_drift',
  'store_degraded',
  'job_failing',
] as const
export type AlertKind = (typeof alertKinds)[number]

/** `threshold` and `min_count` of each kind, for people who write rules. */
export const kindNotes: Record<AlertKind, string> = {
  budget: 'threshold: rungs of the budget’s ladder below this share are not told; 100 % always is',
  burn_rate: 'threshold: times the even pace of the budget, over the last 60 minutes',
  projected_exhaustion:
    'threshold: told when the budget runs out within this many hours, and before its window ends',
  balance_low:
    'threshold: US dollars, for keys without a balance_threshold_usd of their own; 0: only those with one',
  error_rate: 'threshold: share of failed calls, 0 to 1; min_count: calls in the window',
  rate_limited: 'threshold: times the key’s own average of the day before; min_count: 429s in the window',
  latency:
    'threshold: times the p95 of the day before; min_count: calls in the window, which begins with a quarter of an hour',
  ttft: 'threshold: times the p95 time to first token of the day before; min_count: streams in the window',
  key_down:
    'window_minutes: how long a key may cool down by itself before it is told; refused secrets are told at once',
  pool_degraded: 'threshold: share of the pool’s keys that are out, 0 to 1; min_count: keys of the pool',
  pool_out: 'no key of the pool can serve; threshold is not used',
  key_unused: 'threshold: days without a call',
  key_expiring: 'threshold: days before it expires',
  ledger_drift:
    'threshold: US dollars by which the ledger’s sums may differ; other sums may not differ at all',
  store_degraded: 'window_minutes: how long Redis may be away or the ledger lag behind',
  job_failing: 'min_count: runs in a row that failed',
}

const subjects = ['key', 'provider', 'pool', 'app', 'tenant', 'model', 'global'] as const
const ids = z.array(z.uuid('expected ids')).min(1).max(100).optional()
const labels = z.array(label).min(1).max(100).optional()
const scope = strict({
  by: z.enum(subjects).optional().meta({ description: 'Of error_rate, latency and ttft: what is compared' }),
  key: ids,
  provider: ids,
  pool: ids,
  app: ids,
  tenant: labels,
  project: labels,
  feature: labels,
  model: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
  environment: z.array(slug).min(1).max(100).optional(),
}).meta({ description: 'Only what every list here names; {}: everything' })

const action = strict({
  action: z.enum(['notify', 'downgrade', 'economy', 'throttle', 'stop', 'disable_key']).meta({
    description: 'Besides telling people; on what the alert is about',
  }),
  rpm: z.int().min(1).max(1_000_000).nullable().default(null).meta({ description: 'With throttle' }),
  models: modelPatterns.default([]).meta({ description: 'With economy' }),
  minutes: z
    .int()
    .min(1)
    .max(43_200)
    .nullable()
    .default(null)
    .meta({ description: 'Null: until it is undone' }),
})
  .refine((one) => (one.action === 'throttle') === (one.rpm !== null), {
    path: ['rpm'],
    error: 'expected calls a minute with throttle, and only then',
  })
  .refine((one) => (one.action === 'economy') === one.models.length > 0, {
    path: ['models'],
    error: 'expected the models that go on with economy, and only then',
  })

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day like 22:30')
const mute = strict({
  days: z.array(z.int().min(1).max(7)).min(1).max(7).default([1, 2, 3, 4, 5, 6, 7]).meta({
    description: '1 (Monday) to 7, of the start',
  }),
  from: clockTime,
  to: clockTime.meta({ description: 'When earlier than from: of the next day' }),
})

const ruleShape = {
  name: title,
  scope: scope.default({}),
  window_minutes: z.int().min(1).max(1440).default(15),
  threshold: z.number().min(0).max(1_000_000).default(0),
  min_count: z.int().min(0).max(1_000_000).default(0),
  severity: z.enum(severities).default('warning'),
  actions: z.array(action).max(5).default([]),
  undo_on_recovery: z.boolean().default(false),
  renotify_minutes: z.int().min(0).max(43_200).default(0).meta({
    description: 'Told again after this long while nobody has acknowledged it; 0: never',
  }),
  mutes: z.array(mute).max(20).default([]).meta({ description: 'In the organisation’s time zone' }),
  muted_until: timeIn.nullable().default(null),
  enabled: z.boolean().default(true),
}

export const alertRuleInput = strict({ kind: z.enum(alertKinds), ...ruleShape })
export const alertRulePatch = patchOf(ruleShape)

export const alertRule = z
  .object({
    id: z.uuid(),
    kind: z.enum(alertKinds),
    note: z.string().meta({ description: 'What threshold and min_count mean for this kind' }),
    name: z.string(),
    scope: z.record(z.string(), z.unknown()),
    window_minutes: z.int(),
    threshold: z.number(),
    min_count: z.int(),
    severity: z.enum(severities),
    actions: z.array(
      z.object({
        action: z.string(),
        rpm: z.int().nullable(),
        models: z.array(z.string()),
        minutes: z.int().nullable(),
      }),
    ),
    undo_on_recovery: z.boolean(),
    renotify_minutes: z.int(),
    mutes: z.array(z.object({ days: z.array(z.int()), from: z.string(), to: z.string() })),
    muted_until: timeOut.nullable(),
    enabled: z.boolean(),
    created_at: timeOut,
  })
  .meta({ id: 'AlertRule' })
export const alertRuleList = listOf(alertRule)

export const alertStates = ['firing', 'acknowledged', 'resolved'] as const

export const alertQuery = strict({
  ...pageQuery,
  state: z
    .enum([...alertStates, 'open'])
    .optional()
    .meta({ description: 'open: not resolved' }),
  severity: z.enum(severities).optional(),
  rule_id: z.uuid().optional(),
  kind: z.enum(alertKinds).optional(),
  key_id: z.uuid().optional(),
  language: z.enum(['en', 'zh']).optional().meta({ description: 'Of the texts; else the organisation’s' }),
})

const delivery = z.object({
  id: z.uuid(),
  channel_id: z.uuid(),
  channel: z.string(),
  about: z.string().nullable().meta({ description: 'firing, again, flapping or resolved' }),
  state: z.enum(['waiting', 'sending', 'sent', 'failed', 'unknown']).meta({
    description: 'unknown: no answer came after it was sent; it is not sent again',
  }),
  tries: z.int(),
  sent_at: timeOut.nullable(),
  receipt: z.unknown(),
  created_at: timeOut,
})

export const alert = z
  .object({
    id: z.uuid(),
    rule_id: z.uuid().nullable(),
    rule: z.string(),
    kind: z.string(),
    state: z.enum(alertStates),
    severity: z.enum(severities),
    flapping: z.boolean(),
    subject: z.object({ scope: z.string(), id: z.string(), name: z.string() }),
    title: z.string(),
    text: z.string().meta({ description: 'What happened, in figures' }),
    affects: z.string().meta({ description: 'Whom; empty when nobody is known' }),
    facts: z.record(z.string(), z.unknown()),
    recommended_action: z.object({ text: z.string(), href: z.string() }),
    applied: z.array(z.string()).meta({ description: 'What the rule has done' }),
    fired_at: timeOut,
    acknowledged_at: timeOut.nullable(),
    acknowledged_by: z.string().nullable(),
    resolved_at: timeOut.nullable(),
    resolved_by: z.string().nullable(),
  })
  .meta({ id: 'Alert' })
export const alertList = listOf(alert)
export const alertWithDeliveries = alert
  .extend({ deliveries: z.array(delivery) })
  .meta({ id: 'AlertWithDeliveries' })

const address = z
  .string()
  .trim()
  .min(1)
  .max(2000)
  .meta({ description: 'Sealed at once and never shown again', writeOnly: true })
const signingSecret = z.string().trim().min(1).max(500).meta({
  description: 'What messages are signed with; sealed at once and never shown again',
  writeOnly: true,
})

const channelShape = {
  name: title,
  url: address,
  secret: signingSecret.nullable().default(null),
  language: z.enum(['zh', 'en']).default('zh'),
  min_severity: z.enum(severities).default('info'),
  enabled: z.boolean().default(true),
}
export const channelInput = strict({ kind: z.enum(['feishu', 'webhook']), ...channelShape })
export const channelPatch = patchOf(channelShape)

export const channel = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['feishu', 'webhook']),
    url_hint: z.string().meta({ description: 'Host and last characters of the address' }),
    from_environment: z.boolean().meta({ description: 'The address comes from FEISHU_WEBHOOK_URL' }),
    signed: z.boolean(),
    language: z.enum(['zh', 'en']),
    min_severity: z.enum(severities),
    enabled: z.boolean(),
    problem: z.string().nullable().meta({ description: 'Why the last message did not arrive' }),
    problem_since: timeOut.nullable(),
    last_delivery: z.object({ state: z.string(), at: timeOut }).nullable(),
    created_at: timeOut,
  })
  .meta({ id: 'Channel' })
export const channelList = listOf(channel)

export const channelTestResult = z
  .object({
    ok: z.boolean(),
    ms: milliseconds.or(z.literal(0)),
    status: z.int().nullable(),
    code: z.int().nullable().meta({ description: 'Of Feishu: 0 when it has taken the message' }),
    text: z.string().meta({ description: 'What the receiver said' }),
  })
  .meta({ id: 'ChannelTestResult' })
