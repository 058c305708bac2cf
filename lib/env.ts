/**
 * The only place that reads the environment. A malformed value, or an `AKCP_…` name that does not exist,
 * throws `EnvError`: one line that names the variable and the form it should have.
 */
import { BlockList, isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'

export class EnvError extends Error {
  override name = 'EnvError'
}

const secret = (name: string) => z.string().min(24, `${name} must be at least 24 characters`)
const integer = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${low} to ${high}`)
    .transform(Number)
    .refine((n) => n >= low && n <= high, `a whole number from ${low} to ${high}`)
const url = (protocols: string[], example: string) =>
  z.string().refine((value) => {
    try {
      return protocols.includes(new URL(value).protocol)
    } catch {
      return false
    }
  }, `an address like ${example}`)
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)
const bytes32 = z
  .string()
  .transform((value): Buffer => Buffer.from(value, 'base64'))
  .refine(
    (value) => value.length === 32,
    `32 bytes in base64; make one with: node -e "console.log(require('node:crypto').randomBytes(32).toString('base64'))"`,
  )
const cidrs = list.transform((parts, ctx) => {
  const blocks = new BlockList()
  for (const part of parts) {
    const [address = '', prefix] = part.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    try {
      if (prefix === undefined) blocks.addAddress(address, family)
      else blocks.addSubnet(address, Number(prefix), family)
    } catch {
      ctx.addIssue({ code: 'custom', message: 'comma-separated addresses or CIDRs like 10.0.0.0/8,::1' })
      return z.NEVER
    }
  }
  return blocks
})

const host = /^(\*|[A-Za-z0-9._:[\]-]+)$/

const schema = z.object({
  PORT: integer(0, 65535).default(3000),
  HOST: z.string().regex(host, 'an address or host name to listen on').default('127.0.0.1'),
  DATA_DIR: z
    .string()
    .default('./data')
    .transform((value) => resolve(value)),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database').optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://host:6379').optional(),
  UPSTASH_REDIS_REST_URL: url(['http:', 'https:'], 'https://name.upstash.io').optional(),
  UPSTASH_REDIS_REST_TOKEN: z.string().optional(),
  ROLE: z.enum(['all', 'gateway', 'portal'], 'all, gateway or portal').default('all'),
  AKCP_MASTER_KEY: bytes32.optional(),
  AKCP_APP_KEY_PEPPER: bytes32.optional(),
  NEXTAUTH_SECRET: z.string().min(32, 'at least 32 characters').optional(),
  NEXTAUTH_URL: url(['http:', 'https:'], 'https://akcp.example.com').optional(),
  AKCP_ADMIN_TOKEN: secret('AKCP_ADMIN_TOKEN').optional(),
  AKCP_INTERNAL_TOKEN: secret('AKCP_INTERNAL_TOKEN').optional(),
  AKCP_OWNER_EMAIL: z.email('an e-mail address').optional(),
  AKCP_OWNER_PASSWORD: z.string().min(12, 'at least 12 characters').optional(),
  CRON_SECRET: z.string().min(16, 'at least 16 characters').optional(),
  METRICS_TOKEN: z.string().min(16, 'at least 16 characters').optional(),
  METRICS_PATH: z
    .string()
    .regex(/^\/[A-Za-z0-9/_-]+$/, 'a path like /metrics')
    .default('/metrics'),
  TRUSTED_PROXIES: cidrs.optional(),
  AKCP_ALLOW_PRIVATE_ORIGINS: list
    .refine((parts) => parts.every((part) => host.test(part)), 'comma-separated host or host:port')
    .default([]),
  SECRETS_DIR: z
    .string()
    .transform((value) => resolve(value))
    .optional(),
  FEISHU_WEBHOOK_URL: url(['https:', 'http:'], 'https://open.feishu.cn/open-apis/bot/v2/hook/…').optional(),
  FEISHU_WEBHOOK_SECRET: z.string().optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_API_KEY_BACKUP: z.string().optional(),
  MAX_BODY_BYTES: integer(1024, 1024 ** 3).default(33554432),
  DRAIN_SECONDS: integer(0, 3600).default(120),
  AKCP_USAGE_JSONL: z
    .string()
    .transform((value) => resolve(value))
    .optional(),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:'], 'http://127.0.0.1:4318').optional(),
  OIDC_ISSUER: url(['https:'], 'https://login.example.com').optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_ALLOWED_DOMAINS: list.optional(),
  /** Between our own processes; nobody sets these by hand. */
  PORTAL_FRONT_SECRET: z.string().optional(),
  PORTAL_PUBLIC_PORT: integer(0, 65535).optional(),
})

/** A provider or key named by `PROVIDER_<SLUG>_…`. */
export type ProviderOverride = { slug: string; apiKeyVariable?: string; baseUrl?: string; timeoutMs?: number }

export type Env = z.output<typeof schema> & { providers: ProviderOverride[] }

type Source = Record<string, string | undefined>

/** Parses `source`; an empty string counts as unset. Throws `EnvError`. */
export function parseEnv(source: Source): Env {
  const values = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  for (const name of Object.keys(values)) {
    if (name.startsWith('AKCP_') && !name.startsWith('AKCP_SECRET_') && !(name in schema.shape)) {
      const known = Object.keys(schema.shape).filter((key) => key.startsWith('AKCP_'))
      throw new EnvError(`${name} is not a variable of AKCP; there are ${known.join(', ')} and AKCP_SECRET_…`)
    }
  }
  const parsed = schema.safeParse(values)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new EnvError(`${String(issue?.path[0])} is malformed: expected ${issue?.message}`)
  }
  const env = { ...parsed.data, providers: providerOverrides(values) }
  requirePairs(env)
  requireOneRedis(env)
  return env
}

function requireOneRedis(env: Env) {
  if (env.REDIS_URL && env.UPSTASH_REDIS_REST_URL) {
    throw new EnvError('REDIS_URL and UPSTASH_REDIS_REST_URL are two ways to a Redis: set only one of them')
  }
}

function requirePairs(env: Env) {
  const pairs: [keyof Env, keyof Env][] = [
    ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'],
    ['AKCP_OWNER_EMAIL', 'AKCP_OWNER_PASSWORD'],
    ['OIDC_ISSUER', 'OIDC_CLIENT_ID'],
  ]
  for (const [a, b] of pairs) {
    if ((env[a] === undefined) !== (env[b] === undefined)) {
      throw new EnvError(`${a} and ${b} belong together: set both or neither`)
    }
  }
}

function providerOverrides(values: Source): ProviderOverride[] {
  const found = new Map<string, ProviderOverride>()
  const at = (slug: string) => {
    const known = found.get(slug) ?? { slug }
    found.set(slug, known)
    return known
  }
  for (const [name, value = ''] of Object.entries(values)) {
    const match = /^PROVIDER_([A-Z0-9_-]+)_(API_KEY|BASE_URL|TIMEOUT_MS)$/.exec(name)
    if (!match?.[1]) continue
    const override = at(match[1].toLowerCase().replaceAll('_', '-'))
    if (match[2] === 'API_KEY') override.apiKeyVariable = name
    if (match[2] === 'BASE_URL') {
      if (!URL.canParse(value))
        throw new EnvError(`${name} is malformed: expected an address like https://api.example.com/v1`)
      override.baseUrl = value
    }
    if (match[2] === 'TIMEOUT_MS') {
      if (!/^\d+$/.test(value) || Number(value) < 1)
        throw new EnvError(`${name} is malformed: expected milliseconds, a whole number`)
      override.timeoutMs = Number(value)
    }
  }
  return [...found.values()]
}

/** One variable by name, for `secret_ref: env:…` and provider overrides. */
export function readVariable(name: string): string | undefined {
  return process.env[name] || undefined
}

/** All of this process's environment and `more`, for a child that may see everything. */
export function environmentWith(more: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...more }
}

let cached: Env | undefined

/** The process's own environment, parsed once. */
export function env(): Env {
  cached ??= parseEnv(process.env)
  return cached
}
