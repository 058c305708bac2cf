/**
 * Every table. Money is `bigint` nano-dollars (`…_nanos`), prices are pico-dollars per token (`…_pico`),
 * durations are milliseconds (`…_ms`). `requests` is partitioned by month, which drizzle-kit cannot say:
 * its DDL, the triggers and the functions are custom SQL in `migrations/`.
 */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const nanos = (name: string) => bigint(name, { mode: 'bigint' })
const counter = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)
const textList = (name: string) => text(name).array().notNull().default(sql`'{}'::text[]`)
const id = () => uuid('id').primaryKey()
const createdAt = () => time('created_at').notNull().defaultNow()
const archivedAt = () => time('archived_at')

export type Limits = { rpm: number | null; tpm: number | null; concurrency: number | null }
/** One step of a budget's ladder: what happens from this share of the limit on. */
export type Rung = {
  at: number
  action: 'notify' | 'downgrade' | 'economy' | 'throttle' | 'stop'
  rpm?: number | null
  models?: string[]
}
/** How a key is asked whether it works; paid probes of a month cost no more than `monthly_limit_usd`. */
export type ProbeSettings = {
  enabled: boolean
  interval_seconds: number
  paid: boolean
  monthly_limit_usd: number
  /** Asked for by paid probes; null: the cheapest that the key may use. */
  model?: string | null
}
/** Where a provider tells a key's balance: a path on its origin, a JSON pointer into the answer, and the currency. */
export type BalanceSource = { path: string; pointer: string; currency: string }
/** What the latest probe of a key found. */
export type ProbeOutcome = {
  ok: boolean
  /** The one that was paid for; null: it cost nothing. */
  model: string | null
  ms: number
  status: number | null
  class: string | null
  error: string | null
}
export type Attempt = {
  key_id: string | null
  provider: string
  model: string
  class: string | null
  status: number | null
  ms: number
  error?: string
}

// ── Registry: what the gateway holds in memory ────────────────────────────────────────────────────────────

/** One row; raised by a trigger with every change of a registry table, in the same transaction. */
export const registryVersion = pgTable('registry_version', {
  one: boolean('one').primaryKey().default(true),
  version: bigint('version', { mode: 'number' }).notNull(),
})

export const settings = pgTable('settings', {
  name: text('name').primaryKey(),
  value: jsonb('value').notNull(),
  updatedAt: time('updated_at').notNull().defaultNow(),
})

export const providers = pgTable(
  'providers',
  {
    id: id(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    dialect: text('dialect', { enum: ['openai', 'anthropic', 'gemini'] }).notNull(),
    baseUrl: text('base_url').notNull(),
    enabled: boolean('enabled').notNull().default(true),
    priority: integer('priority').notNull().default(100),
    modelPatterns: textList('model_patterns'),
    firstByteTimeoutMs: integer('first_byte_timeout_ms').notNull(),
    idleTimeoutMs: integer('idle_timeout_ms').notNull(),
    totalTimeoutMs: integer('total_timeout_ms').notNull(),
    maxRetries: integer('max_retries').notNull().default(2),
    headers: jsonb('headers').$type<Record<string, string>>().notNull().default({}),
    priceProvider: text('price_provider'),
    /** Null: what is known of its address, see `lib/health/balance.ts`. */
    balance: jsonb('balance').$type<BalanceSource>(),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [uniqueIndex('providers_slug').on(t.slug).where(sql`archived_at is null`)],
)

export const keys = pgTable(
  'keys',
  {
    id: id(),
    providerId: uuid('provider_id')
      .notNull()
      .references(() => providers.id),
    name: text('name').notNull(),
    /** `env:…` or `file:…`; null when the secret is sealed in `secrets`. */
    secretRef: text('secret_ref'),
    last4: text('last4').notNull().default(''),
    fingerprint: text('fingerprint').notNull().default(''),
    environment: text('environment').notNull().default('production'),
    owner: text('owner'),
    tags: textList('tags'),
    status: text('status', { enum: ['active', 'standby', 'disabled'] })
      .notNull()
      .default('active'),
    weight: integer('weight').notNull().default(1),
    tier: integer('tier').notNull().default(1),
    allowedModels: textList('allowed_models'),
    limits: jsonb('limits').$type<Limits>(),
    probe: jsonb('probe').$type<ProbeSettings>(),
    balanceThresholdNanos: nanos('balance_threshold_nanos'),
    expiresAt: time('expires_at'),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [uniqueIndex('keys_provider_name').on(t.providerId, t.name).where(sql`archived_at is null`)],
)

/** Sealed secrets (HPKE). The portal may insert and replace rows but never read `sealed`. */
export const secrets = pgTable(
  'secrets',
  {
    purpose: text('purpose', { enum: ['key', 'provider_headers', 'channel', 'channel_secret'] }).notNull(),
    rowId: uuid('row_id').notNull(),
    sealed: bytea('sealed').notNull(),
    vaultKeyId: text('vault_key_id').notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.purpose, t.rowId] })],
)

/** Public halves of the vault key; the private half never enters the database. */
export const vaultKeys = pgTable('vault_keys', {
  id: text('id').primaryKey(),
  publicKey: bytea('public_key').notNull(),
  createdAt: createdAt(),
})

/** Work that needs an opened secret: the portal asks, a gateway process answers. */
export const vaultTasks = pgTable(
  'vault_tasks',
  {
    id: id(),
    kind: text('kind').notNull(),
    input: jsonb('input').notNull(),
    sealed: bytea('sealed'),
    result: jsonb('result'),
    takenBy: uuid('taken_by'),
    takenAt: time('taken_at'),
    doneAt: time('done_at'),
    createdAt: createdAt(),
  },
  (t) => [index('vault_tasks_open').on(t.createdAt).where(sql`done_at is null`)],
)

export const pools = pgTable(
  'pools',
  {
    id: id(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    environment: text('environment').notNull().default('production'),
    /** Set on the pool that every key of a provider and environment joins by itself. */
    defaultForProviderId: uuid('default_for_provider_id').references(() => providers.id),
    strategy: text('strategy', {
      enum: ['round_robin', 'weighted', 'least_latency', 'lowest_cost', 'priority'],
    })
      .notNull()
      .default('round_robin'),
    stickiness: text('stickiness', { enum: ['none', 'conversation'] })
      .notNull()
      .default('none'),
    standbyPercent: integer('standby_percent').notNull().default(0),
    fallbackPoolId: uuid('fallback_pool_id'),
    switchToPoolId: uuid('switch_to_pool_id'),
    switchUntil: time('switch_until'),
    /** How long a call may wait for a key that is over a limit or cooling down; 0: not at all. */
    waitSeconds: integer('wait_seconds').notNull().default(0),
    allowedModels: textList('allowed_models'),
    tenantScope: textList('tenant_scope'),
    modelPriority: textList('model_priority'),
    limits: jsonb('limits').$type<Limits>(),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [
    uniqueIndex('pools_slug').on(t.slug).where(sql`archived_at is null`),
    uniqueIndex('pools_default').on(t.defaultForProviderId, t.environment).where(sql`archived_at is null`),
  ],
)

export const poolKeys = pgTable(
  'pool_keys',
  {
    poolId: uuid('pool_id')
      .notNull()
      .references(() => pools.id),
    keyId: uuid('key_id')
      .notNull()
      .references(() => keys.id),
    /** Null takes the key's own value. */
    weight: integer('weight'),
    tier: integer('tier'),
    position: integer('position').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.poolId, t.keyId] }), index('pool_keys_key').on(t.keyId)],
)

export type RouteTarget = { pool_id: string; model: string; first_byte_timeout_ms: number | null }

export const modelRoutes = pgTable(
  'model_routes',
  {
    id: id(),
    name: text('name').notNull(),
    targets: jsonb('targets').$type<RouteTarget[]>().notNull(),
    downgradeTo: text('downgrade_to'),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [uniqueIndex('model_routes_name').on(t.name).where(sql`archived_at is null`)],
)

export const prices = pgTable(
  'prices',
  {
    id: id(),
    providerId: uuid('provider_id')
      .notNull()
      .references(() => providers.id),
    model: text('model').notNull(),
    inputPico: bigint('input_pico', { mode: 'bigint' }).notNull(),
    cachedInputPico: bigint('cached_input_pico', { mode: 'bigint' }),
    outputPico: bigint('output_pico', { mode: 'bigint' }).notNull(),
    effectiveFrom: time('effective_from').notNull(),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [
    uniqueIndex('prices_at').on(t.providerId, t.model, t.effectiveFrom).where(sql`archived_at is null`),
  ],
)

export const apps = pgTable(
  'apps',
  {
    id: id(),
    name: text('name').notNull(),
    tenant: text('tenant').notNull(),
    project: text('project').notNull(),
    tenantScope: textList('tenant_scope'),
    projectScope: textList('project_scope'),
    featureScope: textList('feature_scope'),
    environment: text('environment').notNull().default('production'),
    allowEnvironments: textList('allow_environments'),
    ownerEmail: text('owner_email'),
    allowedModels: textList('allowed_models'),
    /** Pool ids; empty means every pool of its environments. */
    pools: uuid('pools').array().notNull().default(sql`'{}'::uuid[]`),
    allowedIps: textList('allowed_ips'),
    language: text('language', { enum: ['en', 'zh'] })
      .notNull()
      .default('en'),
    defaultMaxOutputTokens: integer('default_max_output_tokens').notNull().default(4096),
    limits: jsonb('limits').$type<Limits>(),
    status: text('status', { enum: ['enabled', 'disabled'] })
      .notNull()
      .default('enabled'),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [uniqueIndex('apps_name').on(t.name).where(sql`archived_at is null`)],
)

export const appKeys = pgTable(
  'app_keys',
  {
    id: id(),
    appId: uuid('app_id')
      .notNull()
      .references(() => apps.id),
    name: text('name').notNull(),
    publicId: text('public_id').notNull().unique(),
    /** HMAC-SHA-256 of the raw key with the pepper; the raw key is shown once and kept nowhere. */
    digest: bytea('digest').notNull(),
    last4: text('last4').notNull(),
    status: text('status', { enum: ['enabled', 'disabled', 'revoked'] })
      .notNull()
      .default('enabled'),
    allowedModels: textList('allowed_models'),
    limits: jsonb('limits').$type<Limits>(),
    expiresAt: time('expires_at'),
    /** The registry version of the last change, set by a trigger: a gateway reads only what is newer. */
    version: bigint('version', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
  },
  (t) => [index('app_keys_app').on(t.appId), index('app_keys_version').on(t.version)],
)

/** Limits and allowed models of scopes that have no row of their own. */
export const policies = pgTable(
  'policies',
  {
    scope: text('scope', { enum: ['tenant', 'project', 'feature', 'global'] }).notNull(),
    scopeId: text('scope_id').notNull(),
    limits: jsonb('limits').$type<Limits>(),
    allowedModels: textList('allowed_models'),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.scopeId] })],
)

export const stops = pgTable('stops', {
  id: id(),
  scope: text('scope', {
    enum: ['global', 'tenant', 'project', 'feature', 'app', 'pool', 'provider', 'key'],
  }).notNull(),
  scopeId: text('scope_id').notNull().default(''),
  mode: text('mode', { enum: ['block', 'economy', 'throttle', 'downgrade'] }).notNull(),
  rpm: integer('rpm'),
  models: textList('models'),
  reason: text('reason').notNull().default(''),
  expiresAt: time('expires_at'),
  createdAt: createdAt(),
  createdBy: text('created_by').notNull().default(''),
  liftedAt: time('lifted_at'),
})

// ── Money ─────────────────────────────────────────────────────────────────────────────────────────────────

export const budgets = pgTable(
  'budgets',
  {
    id: id(),
    scope: text('scope', {
      enum: ['app', 'app_key', 'tenant', 'project', 'feature', 'pool', 'key', 'global'],
    }).notNull(),
    scopeId: text('scope_id').notNull().default(''),
    period: text('period', { enum: ['day', 'month'] }).notNull(),
    limitNanos: nanos('limit_nanos').notNull(),
    hard: boolean('hard').notNull().default(false),
    ladder: jsonb('ladder').$type<Rung[]>().notNull().default([]),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [uniqueIndex('budgets_scope').on(t.scope, t.scopeId, t.period).where(sql`archived_at is null`)],
)

/** Invariant: posted + leased + lost <= limit, per budget and window. */
export const budgetWindows = pgTable(
  'budget_windows',
  {
    budgetId: uuid('budget_id').notNull(),
    windowStart: time('window_start').notNull(),
    windowEnd: time('window_end').notNull(),
    limitNanos: nanos('limit_nanos').notNull(),
    postedNanos: nanos('posted_nanos').notNull().default(sql`0`),
    leasedNanos: nanos('leased_nanos').notNull().default(sql`0`),
    lostNanos: nanos('lost_nanos').notNull().default(sql`0`),
    recall: bigint('recall', { mode: 'number' }).notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.budgetId, t.windowStart] })],
)

/**
 * What is set aside for one process in one window. Beside the amount, sums that only grow, so that a process that has
 * lost an answer learns from the next one what has happened.
 */
export const leases = pgTable(
  'leases',
  {
    budgetId: uuid('budget_id').notNull(),
    windowStart: time('window_start').notNull(),
    processId: uuid('process_id').notNull(),
    amountNanos: nanos('amount_nanos').notNull().default(sql`0`),
    grantedNanos: nanos('granted_nanos').notNull().default(sql`0`),
    returnedNanos: nanos('returned_nanos').notNull().default(sql`0`),
    /** Posted by this process, also to budgets that are not hard and need no lease. */
    postedNanos: nanos('posted_nanos').notNull().default(sql`0`),
    /** The newest `budget_windows.recall` that the process has answered. */
    recallAck: bigint('recall_ack', { mode: 'number' }).notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.budgetId, t.windowStart, t.processId] })],
)

// ── Ledger ────────────────────────────────────────────────────────────────────────────────────────────────

/** Partitioned by month of `ts`; the migration that creates it is custom SQL and must match these columns. */
export const requests = pgTable(
  'requests',
  {
    id: uuid('id').notNull(),
    ts: time('ts').notNull(),
    kind: text('kind', { enum: ['call', 'probe'] })
      .notNull()
      .default('call'),
    outcome: text('outcome', { enum: ['ok', 'error', 'refused', 'client_closed', 'interrupted'] }).notNull(),
    requestId: text('request_id').notNull(),
    processId: uuid('process_id').notNull(),
    appId: uuid('app_id'),
    appKeyId: uuid('app_key_id'),
    keyId: uuid('key_id'),
    poolId: uuid('pool_id'),
    providerId: uuid('provider_id'),
    environment: text('environment').notNull(),
    tenant: text('tenant').notNull(),
    project: text('project').notNull(),
    feature: text('feature').notNull(),
    endpoint: text('endpoint').notNull(),
    model: text('model').notNull(),
    servedModel: text('served_model').notNull(),
    stream: boolean('stream').notNull(),
    inputTokens: integer('input_tokens').notNull(),
    cachedInputTokens: integer('cached_input_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    reasoningTokens: integer('reasoning_tokens').notNull(),
    costNanos: nanos('cost_nanos').notNull(),
    costSource: text('cost_source', { enum: ['reported', 'estimated', 'unknown'] }).notNull(),
    priceId: text('price_id'),
    latencyMs: integer('latency_ms').notNull(),
    ttftMs: integer('ttft_ms'),
    status: smallint('status').notNull(),
    errorClass: text('error_class'),
    errorCode: text('error_code'),
    attempts: jsonb('attempts').$type<Attempt[]>().notNull(),
    decision: jsonb('decision'),
    charges: jsonb('charges'),
  },
  (t) => [
    primaryKey({ columns: [t.id, t.ts] }),
    index('requests_ts').on(t.ts, t.id),
    index('requests_app').on(t.appId, t.ts),
    index('requests_key').on(t.keyId, t.ts),
    index('requests_app_key').on(t.appKeyId, t.ts),
    index('requests_request_id').on(t.requestId),
    index('requests_unpriced').on(t.ts).where(sql`cost_source = 'unknown'`),
    // Failed attempts, also of calls that another key saved: few, so that alert rules need not read every call.
    index('requests_failed').on(t.ts).where(sql`error_class is not null or jsonb_array_length(attempts) > 1`),
  ],
)

/** 15-minute sums of `requests`; histograms are arrays of log-bucket counts, see `histogram_bucket()`. */
export const rollups = pgTable(
  'rollups',
  {
    bucket: time('bucket').notNull(),
    kind: text('kind').notNull(),
    appId: uuid('app_id'),
    keyId: uuid('key_id'),
    poolId: uuid('pool_id'),
    providerId: uuid('provider_id'),
    environment: text('environment').notNull(),
    tenant: text('tenant').notNull(),
    project: text('project').notNull(),
    feature: text('feature').notNull(),
    endpoint: text('endpoint').notNull(),
    model: text('model').notNull(),
    errorClass: text('error_class'),
    requests: counter('requests'),
    errors: counter('errors'),
    refused: counter('refused'),
    inputTokens: counter('input_tokens'),
    cachedInputTokens: counter('cached_input_tokens'),
    outputTokens: counter('output_tokens'),
    reasoningTokens: counter('reasoning_tokens'),
    costNanos: nanos('cost_nanos').notNull().default(sql`0`),
    estimatedCostNanos: nanos('estimated_cost_nanos').notNull().default(sql`0`),
    latencySumMs: counter('latency_sum_ms'),
    latencyHistogram: integer('latency_histogram').array().notNull().default(sql`'{}'::int[]`),
    ttftHistogram: integer('ttft_histogram').array().notNull().default(sql`'{}'::int[]`),
  },
  (t) => [
    unique('rollups_dimensions')
      .on(
        t.bucket,
        t.kind,
        t.appId,
        t.keyId,
        t.poolId,
        t.providerId,
        t.environment,
        t.tenant,
        t.project,
        t.feature,
        t.endpoint,
        t.model,
        t.errorClass,
      )
      .nullsNotDistinct(),
    // What probes cost is asked for on every list of keys; they are few among all rows.
    index('rollups_probes').on(t.keyId, t.bucket).where(sql`kind = 'probe'`),
  ],
)

/**
 * Sums of `rollups` over whole hours, days, weeks and months, in views that keep only some of the dimensions (the others
 * are null): see `lib/data/summaries.ts`. Histograms are numbers: see `lib/data/histogram.ts`. Those that `summary_seals`
 * vouches for are read instead of the rollups they were made from.
 */
export const summaries = pgTable(
  'summaries',
  {
    level: text('level', { enum: ['hour', 'day', 'week', 'month'] }).notNull(),
    view: text('view').notNull(),
    start: time('start').notNull(),
    kind: text('kind').notNull(),
    appId: uuid('app_id'),
    keyId: uuid('key_id'),
    poolId: uuid('pool_id'),
    providerId: uuid('provider_id'),
    environment: text('environment'),
    tenant: text('tenant'),
    project: text('project'),
    feature: text('feature'),
    endpoint: text('endpoint'),
    model: text('model'),
    errorClass: text('error_class'),
    requests: counter('requests'),
    errors: counter('errors'),
    refused: counter('refused'),
    inputTokens: counter('input_tokens'),
    cachedInputTokens: counter('cached_input_tokens'),
    outputTokens: counter('output_tokens'),
    reasoningTokens: counter('reasoning_tokens'),
    costNanos: nanos('cost_nanos').notNull().default(sql`0`),
    estimatedCostNanos: nanos('estimated_cost_nanos').notNull().default(sql`0`),
    latencySumMs: counter('latency_sum_ms'),
    latencyHistogram: numeric('latency_histogram').notNull(),
    ttftHistogram: numeric('ttft_histogram').notNull(),
  },
  (t) => [index('summaries_part').on(t.level, t.view, t.start)],
)

/** Which hours, days, weeks and months are in `summaries`; true as long as `late` is still the sum of their `late_rollups`. */
export const summarySeals = pgTable(
  'summary_seals',
  {
    level: text('level', { enum: ['hour', 'day', 'week', 'month'] }).notNull(),
    start: time('start').notNull(),
    finish: time('finish').notNull(),
    late: bigint('late', { mode: 'number' }).notNull(),
    sealedAt: time('sealed_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.level, t.start] })],
)

/** How often rows were added to a bucket of `rollups` long after its time: what was made from it is out of date. */
export const lateRollups = pgTable('late_rollups', {
  bucket: time('bucket').primaryKey(),
  times: bigint('times', { mode: 'number' }).notNull(),
})

/** What single requests of a month came to when they were dropped; rows that came even later are added. */
export const monthTotals = pgTable('month_totals', {
  month: time('month').primaryKey(),
  requests: counter('requests'),
  errors: counter('errors'),
  refused: counter('refused'),
  inputTokens: counter('input_tokens'),
  cachedInputTokens: counter('cached_input_tokens'),
  outputTokens: counter('output_tokens'),
  reasoningTokens: counter('reasoning_tokens'),
  costNanos: nanos('cost_nanos').notNull().default(sql`0`),
  sealedAt: time('sealed_at').notNull(),
})

/** What was charged to windows of budgets by calls whose rows do not say so: they were dropped, or made up for a demo. */
export const droppedCharges = pgTable(
  'dropped_charges',
  {
    budgetId: uuid('budget_id').notNull(),
    windowStart: time('window_start').notNull(),
    nanos: nanos('nanos').notNull(),
  },
  (t) => [primaryKey({ columns: [t.budgetId, t.windowStart] })],
)

/**
 * Where two records of the same calls do not agree, until an audit of that time finds that they do. `expected` follows
 * from the rows; amounts as decimal text.
 */
export const ledgerDrifts = pgTable(
  'ledger_drifts',
  {
    record: text('record', { enum: ['rollups', 'summaries', 'budget'] }).notNull(),
    /** Of a budget its id, of summaries their level and view. */
    subject: text('subject').notNull(),
    windowStart: time('window_start').notNull(),
    windowEnd: time('window_end').notNull(),
    expected: jsonb('expected').$type<Record<string, string>>().notNull(),
    found: jsonb('found').$type<Record<string, string>>().notNull(),
    seenAt: time('seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.record, t.subject, t.windowStart] })],
)

/** Living processes; `limit / N` and the adoption of dead processes' work read it. */
export const processes = pgTable('processes', {
  id: id(),
  role: text('role', { enum: ['gateway', 'portal', 'serverless'] }).notNull(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  version: text('version').notNull(),
  /** What the process says of itself, such as whether it reaches the shared counters of limits. */
  details: jsonb('details').$type<Record<string, unknown>>().notNull().default({}),
  startedAt: time('started_at').notNull().defaultNow(),
  seenAt: time('seen_at').notNull().defaultNow(),
})

// ── Health and alerts ─────────────────────────────────────────────────────────────────────────────────────

export const keyHealth = pgTable('key_health', {
  keyId: uuid('key_id').primaryKey(),
  state: text('state', { enum: ['up', 'cooling', 'down'] }).notNull(),
  score: integer('score').notNull(),
  reason: text('reason'),
  since: time('since').notNull(),
  nextTryAt: time('next_try_at'),
  lastError: jsonb('last_error'),
  details: jsonb('details').notNull().default({}),
  updatedAt: time('updated_at').notNull().defaultNow(),
})

export const healthEvents = pgTable(
  'health_events',
  {
    id: id(),
    ts: time('ts').notNull(),
    keyId: uuid('key_id').notNull(),
    signal: text('signal', { enum: ['canary', 'real'] }).notNull(),
    result: text('result').notNull(),
    errorClass: text('error_class'),
    details: jsonb('details').notNull().default({}),
  },
  (t) => [index('health_events_key').on(t.keyId, t.ts), index('health_events_ts').on(t.ts)],
)

/** What a key's account has left; one that was typed in becomes less with the key's metered cost. */
export const balances = pgTable('balances', {
  keyId: uuid('key_id').primaryKey(),
  amount: text('amount').notNull(),
  currency: text('currency').notNull(),
  /** Null: there is no rate for the currency. */
  usdNanos: nanos('usd_nanos'),
  source: text('source', { enum: ['api', 'manual'] }).notNull(),
  /** When the provider said so, or somebody typed it in. */
  readAt: time('read_at').notNull(),
  typedAmount: text('typed_amount'),
  /** What the key has cost a day of late; null: nothing. */
  perDayNanos: nanos('per_day_nanos'),
})

/** The latest checks of each key: when it was probed, and whether its balance could be read. */
export const keyChecks = pgTable('key_checks', {
  keyId: uuid('key_id').primaryKey(),
  probedAt: time('probed_at'),
  nextProbeAt: time('next_probe_at'),
  probe: jsonb('probe').$type<ProbeOutcome>(),
  balanceTriedAt: time('balance_tried_at'),
  balanceError: text('balance_error'),
})

/** Which part of the traffic, or which keys, pools and budgets, a rule looks at; every list that is there must match. */
export type AlertScope = {
  by?: 'key' | 'provider' | 'pool' | 'app' | 'tenant' | 'model' | 'global'
} & {
  [Dimension in
    | 'key'
    | 'provider'
    | 'pool'
    | 'app'
    | 'tenant'
    | 'project'
    | 'feature'
    | 'model'
    | 'environment']?: string[]
}
/** What a rule does besides telling people. */
export type AlertAction = {
  action: 'notify' | 'downgrade' | 'economy' | 'throttle' | 'stop' | 'disable_key'
  rpm: number | null
  models: string[]
  /** How long it holds; null: until it is undone. */
  minutes: number | null
}
/** Nobody is told between the two times of the organisation's day; `days` are 1 (Monday) to 7. */
export type MuteWindow = { days: number[]; from: string; to: string }

export const alertRules = pgTable('alert_rules', {
  id: id(),
  name: text('name').notNull().default(''),
  kind: text('kind').notNull(),
  scope: jsonb('scope').$type<AlertScope>().notNull().default({}),
  windowMinutes: integer('window_minutes').notNull(),
  threshold: text('threshold').notNull(),
  minCount: integer('min_count').notNull().default(0),
  severity: text('severity', { enum: ['info', 'warning', 'critical'] }).notNull(),
  actions: jsonb('actions').$type<AlertAction[]>().notNull().default([]),
  undoOnRecovery: boolean('undo_on_recovery').notNull().default(false),
  /** Told again after this long while nobody has acknowledged it; 0: never. */
  renotifyMinutes: integer('renotify_minutes').notNull().default(0),
  mutes: jsonb('mutes').$type<MuteWindow[]>().notNull().default([]),
  mutedUntil: time('muted_until'),
  enabled: boolean('enabled').notNull().default(true),
  createdAt: createdAt(),
  archivedAt: archivedAt(),
})

/** What an alert must remember from one evaluation to the next; times as ISO text. */
export type AlertTracking = {
  /** How bad it is: of a budget the reached rung, else 1. */
  level: number
  /** The highest level that people were told of; null: of none, because it was muted. */
  toldLevel: number | null
  toldAt: string | null
  /** Messages so far. */
  notices: number
  /** When it came and went lately. */
  changes: string[]
  flapping: boolean
  /** While flapping: since when the condition has not been seen. */
  clearSince: string | null
  /** Resolved by a person while the condition still holds: it stays so until the condition has gone. */
  silenced: boolean
}
/** What an alert has done, so that it can be undone. */
export type AppliedAction =
  | { action: Exclude<AlertAction['action'], 'notify' | 'disable_key'>; stop_id: string }
  | { action: 'disable_key'; key_id: string; before: 'active' | 'standby' }

export const alerts = pgTable(
  'alerts',
  {
    id: id(),
    ruleId: uuid('rule_id').references(() => alertRules.id),
    subject: text('subject').notNull(),
    state: text('state', { enum: ['firing', 'acknowledged', 'resolved'] }).notNull(),
    severity: text('severity', { enum: ['info', 'warning', 'critical'] }).notNull(),
    details: jsonb('details').notNull().default({}),
    tracking: jsonb('tracking').$type<AlertTracking>().notNull(),
    applied: jsonb('applied').$type<AppliedAction[]>().notNull().default([]),
    firedAt: time('fired_at').notNull(),
    acknowledgedAt: time('acknowledged_at'),
    acknowledgedBy: text('acknowledged_by'),
    resolvedAt: time('resolved_at'),
    /** Who closed it; null: the condition went. */
    resolvedBy: text('resolved_by'),
  },
  (t) => [
    index('alerts_fired').on(t.firedAt),
    uniqueIndex('alerts_open').on(t.ruleId, t.subject).where(sql`state <> 'resolved'`),
    index('alerts_resolved').on(t.resolvedAt),
  ],
)

/** The address and the signing secret are sealed in `secrets`, or, with `url_ref`, in the gateways' environment. */
export const channels = pgTable('channels', {
  id: id(),
  name: text('name').notNull(),
  kind: text('kind', { enum: ['feishu', 'webhook'] }).notNull(),
  urlRef: text('url_ref'),
  /** What people may see of the address. */
  urlHint: text('url_hint').notNull().default(''),
  signed: boolean('signed').notNull().default(false),
  language: text('language', { enum: ['zh', 'en'] })
    .notNull()
    .default('zh'),
  minSeverity: text('min_severity', { enum: ['info', 'warning', 'critical'] })
    .notNull()
    .default('info'),
  enabled: boolean('enabled').notNull().default(true),
  /** Times of the sends of the last minute: all processes together keep to the receiver's limits. */
  recentSends: time('recent_sends').array().notNull().default(sql`'{}'::timestamptz[]`),
  /** One process at a time sends; a claim that has run out belongs to a process that died. */
  claimedBy: uuid('claimed_by'),
  claimedUntil: time('claimed_until'),
  /** Why the last message did not arrive; null: it did. */
  problem: text('problem'),
  problemSince: time('problem_since'),
  createdAt: createdAt(),
  archivedAt: archivedAt(),
})

/** Outbox: one row for each channel and thing to be told. Rows that go out in one message share `message_id`. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: id(),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => channels.id),
    /** What is told, unique in a channel: `<alert> <number of its notice>`, `daily 2026-03-01`. */
    about: text('about').notNull(),
    alertId: uuid('alert_id'),
    /** What has become of the alert: firing, again, flapping, resolved; null for digests. */
    alertState: text('alert_state'),
    payload: jsonb('payload').notNull(),
    state: text('state', { enum: ['waiting', 'sending', 'sent', 'failed', 'unknown'] })
      .notNull()
      .default('waiting'),
    tries: integer('tries').notNull().default(0),
    /** The receiver has refused the card: text is tried. */
    plain: boolean('plain').notNull().default(false),
    nextTryAt: time('next_try_at').notNull().defaultNow(),
    messageId: uuid('message_id'),
    sentAt: time('sent_at'),
    receipt: jsonb('receipt'),
    createdAt: createdAt(),
  },
  (t) => [
    unique('deliveries_once').on(t.channelId, t.about),
    index('deliveries_alert').on(t.alertId),
    index('deliveries_open').on(t.channelId, t.nextTryAt).where(sql`state in ('waiting', 'sending')`),
  ],
)

/** What is due when, and which process does it now: a claim holds for as long as that process renews it. */
export const jobs = pgTable('jobs', {
  job: text('job').primaryKey(),
  intervalMs: integer('interval_ms').notNull(),
  limitMs: integer('limit_ms').notNull(),
  dueAt: time('due_at').notNull(),
  claimedBy: uuid('claimed_by'),
  claimedUntil: time('claimed_until'),
  /** The run under way, in `job_runs`. */
  runId: uuid('run_id'),
})

/** One row per scheduled run, kept as history. */
export const jobRuns = pgTable(
  'job_runs',
  {
    id: id(),
    job: text('job').notNull(),
    processId: uuid('process_id').notNull(),
    startedAt: time('started_at').notNull(),
    endedAt: time('ended_at'),
    error: text('error'),
    details: jsonb('details').notNull().default({}),
  },
  (t) => [index('job_runs_job').on(t.job, t.startedAt)],
)

/** Rehearsed leaks. */
export const drills = pgTable('drills', {
  id: id(),
  keyId: uuid('key_id').notNull(),
  state: text('state').notNull(),
  steps: jsonb('steps').notNull().default([]),
  startedAt: time('started_at').notNull(),
  endedAt: time('ended_at'),
  actor: text('actor').notNull(),
})

// ── People ────────────────────────────────────────────────────────────────────────────────────────────────

export const members = pgTable(
  'members',
  {
    id: id(),
    email: text('email').notNull(),
    name: text('name').notNull().default(''),
    role: text('role', { enum: ['owner', 'operator', 'developer', 'finance', 'viewer'] }).notNull(),
    /** argon2id, or null for members who sign in elsewhere. */
    passwordHash: text('password_hash'),
    language: text('language', { enum: ['en', 'zh'] }),
    createdAt: createdAt(),
    archivedAt: archivedAt(),
  },
  (t) => [uniqueIndex('members_email').on(sql`lower(${t.email})`).where(sql`archived_at is null`)],
)

export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    userAgent: text('user_agent').notNull().default(''),
    address: text('address').notNull().default(''),
    createdAt: createdAt(),
    seenAt: time('seen_at').notNull().defaultNow(),
    expiresAt: time('expires_at').notNull(),
    revokedAt: time('revoked_at'),
  },
  (t) => [index('sessions_member').on(t.memberId)],
)

/** One-time links: the first owner's set-up and members' invitations. Only the SHA-256 of the token is kept. */
export const invites = pgTable('invites', {
  id: id(),
  purpose: text('purpose', { enum: ['setup', 'invite', 'password'] }).notNull(),
  tokenDigest: bytea('token_digest').notNull().unique(),
  email: text('email'),
  role: text('role', { enum: ['owner', 'operator', 'developer', 'finance', 'viewer'] }).notNull(),
  createdAt: createdAt(),
  expiresAt: time('expires_at').notNull(),
  usedAt: time('used_at'),
})

export const adminTokens = pgTable('admin_tokens', {
  id: id(),
  name: text('name').notNull(),
  digest: bytea('digest').notNull().unique(),
  role: text('role', { enum: ['owner', 'operator', 'developer', 'finance', 'viewer'] }).notNull(),
  expiresAt: time('expires_at'),
  createdAt: createdAt(),
  revokedAt: time('revoked_at'),
})

/** Append-only; each row carries the hash of the one before it. */
export const audit = pgTable(
  'audit',
  {
    seq: bigint('seq', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    ts: time('ts').notNull().defaultNow(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    resource: text('resource').notNull(),
    resourceId: text('resource_id').notNull(),
    details: jsonb('details').notNull().default({}),
    previousHash: bytea('previous_hash'),
    hash: bytea('hash'),
  },
  (t) => [index('audit_resource').on(t.resource, t.resourceId)],
)
