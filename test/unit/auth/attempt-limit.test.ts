import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { attemptPolicies, createAttemptLimit } from '@/lib/auth/attempt-limit'
import { parseEnv } from '@/lib/env'

const { attempts, seconds } = attemptPolicies['sign-in']
let now: number
beforeEach(() => {
  now = Date.parse('2026-01-01T00:00:00Z')
})

describe('in this process', () => {
  const limit = () => createAttemptLimit(parseEnv({}), () => now)

  test('no window holds more attempts than allowed, and the wait is the true one', async () => {
    const { take } = limit()
    for (let i = 0; i < attempts; i++) {
      expect(await take('sign-in', 'a')).toBeNull()
      now += 1000
    }
    expect(await take('sign-in', 'a')).toBe(seconds - attempts)
    now += (seconds - attempts) * 1000
    expect(await take('sign-in', 'a')).toBeNull()
    expect(await take('sign-in', 'a')).toBe(1)
  })

  test('refused attempts do not prolong the wait', async () => {
    const { take } = limit()
    for (let i = 0; i < attempts; i++) await take('sign-in', 'a')
    for (let i = 0; i < 50; i++) await take('sign-in', 'a')
    now += seconds * 1000
    expect(await take('sign-in', 'a')).toBeNull()
  })

  test('everybody is counted apart, and each policy', async () => {
    const { take } = limit()
    for (let i = 0; i < attempts; i++) await take('sign-in', 'a')
    expect(await take('sign-in', 'b')).toBeNull()
    expect(await take('admin-api', 'a')).toBeNull()
    expect(await take('sign-in', 'a')).not.toBeNull()
  })

  test('what is forgotten is gone', async () => {
    const { take, forget } = limit()
    for (let i = 0; i < attempts; i++) await take('sign-in', 'a')
    await forget('sign-in', 'a')
    expect(await take('sign-in', 'a')).toBeNull()
  })

  test('at once is no way around', async () => {
    const { take } = limit()
    const answers = await Promise.all(Array.from({ length: 30 }, () => take('sign-in', 'a')))
    expect(answers.filter((answer) => answer === null)).toHaveLength(attempts)
  })
})

describe('with Redis', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  async function redisThat(answer: (body: string) => unknown) {
    const commands: string[] = []
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      commands.push(body)
      const result = answer(body)
      if (result === undefined) return // never answers
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ result }))
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const { port } = (server as Server).address() as AddressInfo
    const env = parseEnv({
      UPSTASH_REDIS_REST_URL: `http://127.0.0.1:${port}`,
      UPSTASH_REDIS_REST_TOKEN: 't',
    })
    return { limit: createAttemptLimit(env), commands }
  }

  test('Redis decides, under the policy’s own name', async () => {
    const allowing = await redisThat(() => [5, 10])
    expect(await allowing.limit.take('sign-in', 'a')).toBeNull()
    expect(allowing.commands.join()).toContain('akcp:attempts:sign-in')
    server?.close()
    const refusing = await redisThat(() => [-1, 10])
    expect(await refusing.limit.take('sign-in', 'a')).toBeGreaterThan(0)
  })

  test.each([
    ['refuses connections', () => server?.closeAllConnections() as unknown],
    ['does not answer in time', () => undefined],
  ])('one that %s leaves the counting to this process', async (_, answer) => {
    const { limit } = await redisThat(() => {
      answer()
      return undefined
    })
    const answers = await Promise.all(Array.from({ length: attempts + 3 }, () => limit.take('sign-in', 'a')))
    expect(answers.filter((wait) => wait === null)).toHaveLength(attempts)
  })
})
