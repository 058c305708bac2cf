/** Who plays in the demo: simulated providers with their keys, pools, model routes and prices, apps and members. */

import type { Limits, Rung } from '@/drizzle/schema'

export const timeZone = 'Asia/Shanghai'

export const providerSlugs = ['openai', 'deepseek', 'qwen', 'anthropic'] as const
export type ProviderSlug = (typeof providerSlugs)[number]

type DemoKey = {
  name: string
  provider: ProviderSlug
  environment?: 'staging'
  status?: 'standby' | 'disabled'
  weight?: number
  limits?: Limits
  owner: string
  tags: string[]
}

export const keys: DemoKey[] = [
  { name: 'openai-main', provider: 'openai', weight: 3, owner: 'Platform', tags: ['shared'] },
  {
    name: 'openai-batch',
    provider: 'openai',
    limits: { rpm: 60, tpm: 200_000, concurrency: null },
    owner: 'Data',
    tags: ['batch', 'low-tier'],
  },
  { name: 'openai-backup', provider: 'openai', status: 'standby', owner: 'Platform', tags: ['backup'] },
  { name: 'openai-staging', provider: 'openai', environment: 'staging', owner: 'Research', tags: ['test'] },
  { name: 'deepseek-main', provider: 'deepseek', weight: 2, owner: 'Platform', tags: ['shared'] },
  { name: 'deepseek-old', provider: 'deepseek', status: 'disabled', owner: 'Data', tags: ['replaced'] },
  { name: 'qwen-main', provider: 'qwen', weight: 3, owner: 'Platform', tags: ['shared'] },
  { name: 'qwen-trial', provider: 'qwen', owner: 'Research', tags: ['trial'] },
  { name: 'anthropic-main', provider: 'anthropic', owner: 'Engineering', tags: ['code'] },
]

type DemoPool = {
  slug: string
  name: string
  strategy: 'round_robin' | 'weighted'
  standbyPercent?: number
  keys: string[]
  tenantScope?: string[]
  modelPriority?: string[]
}

export const pools: DemoPool[] = [
  {
    slug: 'chat-premium',
    name: 'Chat, best quality',
    strategy: 'round_robin',
    standbyPercent: 2,
    keys: ['openai-main', 'openai-batch', 'openai-backup'],
    modelPriority: ['gpt-4.1', 'gpt-4.1-mini', 'gpt-5-mini'],
  },
  {
    slug: 'chat-value',
    name: 'Chat, best price',
    strategy: 'weighted',
    keys: ['deepseek-main', 'qwen-main', 'qwen-trial'],
    tenantScope: ['acme', 'globex'],
  },
]

/** Keys of one provider may only serve its models, so that a pool can hold several. */
export const modelsOf: Record<ProviderSlug, string[]> = {
  openai: ['gpt-*', 'text-embedding-*'],
  deepseek: ['deepseek-*'],
  qwen: ['qwen*'],
  anthropic: ['claude-*'],
}

export const routes = [
  {
    name: 'chat-smart',
    downgradeTo: 'chat-fast',
    targets: [
      { pool: 'chat-premium', model: 'gpt-4.1' },
      { pool: 'anthropic', model: 'claude-haiku-4-5' },
    ],
  },
  {
    name: 'chat-fast',
    downgradeTo: null,
    targets: [
      { pool: 'chat-value', model: 'deepseek-chat' },
      { pool: 'chat-value', model: 'qwen-plus' },
    ],
  },
]

/** Dollars per million tokens, for models that the catalogue does not list. */
export const prices = [
  { provider: 'qwen', model: 'qwen-plus', input: 0.115, cached: 0.023, output: 0.287 },
  { provider: 'qwen', model: 'qwen-turbo', input: 0.044, cached: 0.009, output: 0.087 },
] as const

/** As the table of prices holds them. */
export function picoOf({ input, cached, output }: (typeof prices)[number]) {
  const pico = (usd: number) => BigInt(Math.round(usd * 1e6))
  return { inputPico: pico(input), cachedInputPico: pico(cached), outputPico: pico(output) }
}

export const roles = ['owner', 'operator', 'developer', 'finance', 'viewer'] as const
export const emailOf = (role: (typeof roles)[number]) => `${role}@demo.example`

type DemoApp = {
  name: string
  tenant: 'acme' | 'globex'
  project: string
  environment?: 'staging'
  status?: 'disabled'
  owner: string
  allowedModels?: string[]
  limits?: Limits
}

export const apps: DemoApp[] = [
  { name: 'support-bot', tenant: 'acme', project: 'support', owner: emailOf('operator') },
  {
    name: 'shop-search',
    tenant: 'acme',
    project: 'commerce',
    owner: emailOf('operator'),
    limits: { rpm: 600, tpm: null, concurrency: 50 },
  },
  { name: 'product-copy', tenant: 'acme', project: 'commerce', owner: 'copy@acme.example' },
  { name: 'analytics-batch', tenant: 'acme', project: 'data', owner: 'data@acme.example' },
  { name: 'old-crawler', tenant: 'acme', project: 'data', status: 'disabled', owner: 'data@acme.example' },
  { name: 'code-review', tenant: 'globex', project: 'engineering', owner: emailOf('developer') },
  { name: 'meeting-notes', tenant: 'globex', project: 'office', owner: 'office@globex.example' },
  {
    name: 'kb-assistant',
    tenant: 'globex',
    project: 'office',
    owner: 'office@globex.example',
    allowedModels: ['chat-fast', 'deepseek-*', 'qwen*', 'text-embedding-*'],
  },
  {
    name: 'lab-playground',
    tenant: 'globex',
    project: 'research',
    environment: 'staging',
    owner: emailOf('developer'),
  },
]

type DemoBudget = {
  scope: 'global' | 'tenant' | 'app' | 'key'
  /** Empty for everything. */
  name: string
  period: 'day' | 'month'
  usd: number
  hard?: true
  ladder: Rung[]
}
const notify: Rung[] = [
  { at: 0.8, action: 'notify' },
  { at: 0.95, action: 'notify' },
]

export const budgets: DemoBudget[] = [
  { scope: 'global', name: '', period: 'month', usd: 400, ladder: notify },
  { scope: 'tenant', name: 'acme', period: 'month', usd: 180, ladder: notify },
  {
    scope: 'tenant',
    name: 'globex',
    period: 'month',
    usd: 125,
    ladder: [
      { at: 0.8, action: 'notify' },
      { at: 0.95, action: 'downgrade' },
    ],
  },
  { scope: 'app', name: 'code-review', period: 'month', usd: 150, ladder: notify },
  { scope: 'app', name: 'lab-playground', period: 'month', usd: 5, hard: true, ladder: notify },
  { scope: 'key', name: 'anthropic-main', period: 'month', usd: 150, ladder: notify },
]
