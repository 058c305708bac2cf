import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultRates } from '@/lib/exchange-rates'
import { totalOf } from '@/lib/gateway/balances'
import { balanceReader, readBalance, valueAt } from '@/lib/health/balance'

const reader = (baseUrl: string) => balanceReader({ baseUrl, balance: null })
const secret = 'sk-balance-0123456789'

describe('what a vendor answers', () => {
  const deepSeek = (...infos: [string, string][]) => ({
    is_available: true,
    balance_infos: infos.map(([currency, total_balance]) => ({
      currency,
      total_balance,
      granted_balance: '0.00',
      topped_up_balance: total_balance,
    })),
  })
  const moonshot = {
    code: 0,
    data: { available_balance: 49.58894, voucher_balance: 46.58893, cash_balance: 3 },
  }
  const siliconFlow = {
    code: 20000,
    data: { balance: '0.88', chargeBalance: '88.00', totalBalance: '88.88' },
  }
  const openRouter = (limit_remaining: number | null) => ({
    data: { label: 'x', usage: 25.5, limit_remaining },
  })

  test.each([
    [
      'https://api.deepseek.com/v1',
      '/user/balance',
      deepSeek(['CNY', '110.00']),
      [{ amount: '110.00', currency: 'CNY' }],
    ],
    [
      'https://api.moonshot.cn/v1',
      '/v1/users/me/balance',
      moonshot,
      [{ amount: '49.58894', currency: 'CNY' }],
    ],
    [
      'https://api.moonshot.ai/v1',
      '/v1/users/me/balance',
      moonshot,
      [{ amount: '49.58894', currency: 'USD' }],
    ],
    ['https://api.siliconflow.cn/v1', '/v1/user/info', siliconFlow, [{ amount: '88.88', currency: 'CNY' }]],
    ['https://api.siliconflow.com/v1', '/v1/user/info', siliconFlow, [{ amount: '88.88', currency: 'USD' }]],
    ['https://openrouter.ai/api/v1', '/api/v1/key', openRouter(74.5), [{ amount: '74.5', currency: 'USD' }]],
    [
      'https://openrouter.ai/api/v1',
      '/api/v1/key',
      openRouter(null),
      expect.stringContaining('no credit limit'),
    ],
    [
      'https://api.moonshot.cn/v1',
      '/v1/users/me/balance',
      { code: 5 },
      expect.stringContaining('/data/available_balance'),
    ],
    ['https://api.deepseek.com/v1', '/user/balance', null, expect.stringContaining('/balance_infos')],
  ])('%s', (baseUrl, path, answer, balances) => {
    expect(reader(baseUrl)?.path).toBe(path)
    expect(reader(baseUrl)?.read(answer)).toEqual(balances)
  })

  test('nothing is known of others, and a provider’s own setting wins', () => {
    expect(reader('https://api.openai.com/v1')).toBeNull()
    const balance = { path: '/left', pointer: '/credit', currency: 'EUR' }
    const own = balanceReader({ baseUrl: 'https://api.deepseek.com', balance })
    expect([own?.path, own?.read({ credit: '7.5' })]).toEqual(['/left', [{ amount: '7.5', currency: 'EUR' }]])
  })
})

test.each([
  ['/a/0/b', { a: [{ b: 1 }] }, 1],
  ['/a~1b/m~0n', { 'a/b': { 'm~n': 2 } }, 2],
  ['/', { '': 3 }, 3],
  ['/a/b', { a: null }, undefined],
  ['/constructor', {}, undefined],
])('the pointer %s', (pointer, document, value) => {
  expect(valueAt(document, pointer)).toBe(value)
})

test.each([
  ['one', [['5', 'CNY']], { amount: '5', currency: 'CNY' }],
  [
    'one that is not empty',
    [
      ['0.00', 'USD'],
      ['5', 'CNY'],
    ],
    { amount: '5', currency: 'CNY' },
  ],
  [
    'none that is not empty',
    [
      ['0.00', 'CNY'],
      ['0', 'USD'],
    ],
    { amount: '0.00', currency: 'CNY' },
  ],
  [
    'two',
    [
      ['10', 'CNY'],
      ['2.5', 'USD'],
    ],
    { amount: '3.9', currency: 'USD' },
  ],
])('%s of the currencies of an account', (_name, held, total) => {
  const balances = held.map(([amount = '', currency = '']) => ({ amount, currency }))
  expect(totalOf(balances, defaultRates)).toEqual(total)
})

describe('asked over the wire', () => {
  let server: Server
  let origin: string
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/hang') return
      if (request.url === '/huge') return void response.end(Buffer.alloc(5 * 1024 * 1024, '1'))
      if (request.url === '/refuse') {
        response.statusCode = 401
        return void response.end(JSON.stringify({ error: { message: `bad key ${secret}` } }))
      }
      response.end(request.url === '/text' ? 'hello' : '{"credit": 12}')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.closeAllConnections())

  async function read(path: string) {
    const custom = balanceReader({ baseUrl: origin, balance: { path, pointer: '/credit', currency: 'USD' } })
    if (!custom) throw new Error('no reader')
    return await readBalance(new Agent(), custom, { origin, headers: {}, secret })
  }

  test('a refusal is told without the secret', async () => {
    expect(await read('/refuse')).toEqual({ error: 'HTTP 401: bad key [key]' })
  })
  test.each([
    ['/good', { balances: [{ amount: '12', currency: 'USD' }] }],
    ['/text', { error: 'there is no number at /credit of the answer' }],
    ['/huge', { error: expect.stringContaining('larger than') }],
  ])('%s', async (path, result) => {
    expect(await read(path)).toEqual(result)
  })
  test('a provider that does not answer holds nobody up for more than ten seconds', async () => {
    const startedAt = performance.now()
    expect(await read('/hang')).toEqual({ error: expect.stringContaining('timeout') })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  }, 12_000)
})
