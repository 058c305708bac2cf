import { describe, expect, it } from 'vitest'
import { parseEnv } from '@/lib/env'

describe('parseEnv', () => {
  it('has defaults for everything', () => {
    expect(parseEnv({})).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      ROLE: 'all',
      MAX_BODY_BYTES: 33554432,
      DRAIN_SECONDS: 120,
    })
  })

  it('counts an empty value as unset', () => {
    expect(parseEnv({ PORT: '', AKCP_ADMIN_TOKEN: ' ' })).toMatchObject({ PORT: 3000 })
  })

  it.each([
    ['PORT', '70000', 'a whole number'],
    ['PORT', '3000x', 'a whole number'],
    ['ROLE', 'both', 'all, gateway or portal'],
    ['DATABASE_URL', 'mysql://x', 'postgres://'],
    ['AKCP_MASTER_KEY', 'short', '32 bytes in base64'],
    ['AKCP_ADMIN_TOKEN', 'short', 'at least 24 characters'],
    ['AKCP_OWNER_EMAIL', 'nobody', 'an e-mail address'],
    ['TRUSTED_PROXIES', '10.0.0.0/99', 'CIDRs'],
    ['TRUSTED_PROXIES', 'proxy.local', 'CIDRs'],
    ['AKCP_ALLOW_PRIVATE_ORIGINS', 'http://x', 'host or host:port'],
    ['METRICS_PATH', 'metrics', 'a path'],
    ['PROVIDER_X_BASE_URL', 'x', 'an address'],
    ['PROVIDER_X_TIMEOUT_MS', '1s', 'milliseconds'],
    ['LOG_LEVEL', 'loud', 'fatal, error'],
  ])('%s=%s stops the start with one line', (name, value, expected) => {
    const message = messageOf(() => parseEnv({ [name]: value, AKCP_OWNER_PASSWORD: undefined }))
    expect(message).toContain(name)
    expect(message).toContain(expected)
    expect(message).not.toContain('\n')
  })

  it('knows no AKCP_ variables but its own and AKCP_SECRET_', () => {
    expect(messageOf(() => parseEnv({ AKCP_ADMIN_TOKE: 'x' }))).toContain('AKCP_ADMIN_TOKE is not a variable')
    expect(() => parseEnv({ AKCP_SECRET_ANY: 'x' })).not.toThrow()
  })

  it('asks for pairs', () => {
    expect(messageOf(() => parseEnv({ AKCP_OWNER_EMAIL: 'a@example.com' }))).toContain('AKCP_OWNER_PASSWORD')
  })

  it('wants one Redis, not two', () => {
    const upstash = { UPSTASH_REDIS_REST_URL: 'https://x.upstash.io', UPSTASH_REDIS_REST_TOKEN: 'token' }
    expect(messageOf(() => parseEnv({ ...upstash, REDIS_URL: 'redis://x' }))).toContain('set only one')
    expect(() => parseEnv(upstash)).not.toThrow()
    expect(() => parseEnv({ REDIS_URL: 'rediss://:secret@x:6380/1' })).not.toThrow()
  })

  it('collects providers', () => {
    const { providers } = parseEnv({
      'PROVIDER_OPENAI-MAIN_API_KEY': 'sk',
      PROVIDER_OPENAI_MAIN_BASE_URL: 'https://x.example/v1',
      PROVIDER_DEEPSEEK_TIMEOUT_MS: '5000',
    })
    expect(providers).toEqual([
      {
        slug: 'openai-main',
        apiKeyVariable: 'PROVIDER_OPENAI-MAIN_API_KEY',
        baseUrl: 'https://x.example/v1',
      },
      { slug: 'deepseek', timeoutMs: 5000 },
    ])
  })
})

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'nothing was thrown'
}
