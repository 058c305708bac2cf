/** Ten keys of three requests a minute each, a steady 25 calls a minute: known limits keep every 429 from happening. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway'

const minutes = Number(process.env.CHAOS_MINUTES ?? 3)
const callsPerMinute = 25
let system: TestGateway
let rawKey: string
let rejected = 0
const served = new Map<string, number[]>()

/** A provider that lets each key have three requests in any minute. */
const provider = createServer((request, response) => {
  request.resume()
  const secret = request.headers.authorization ?? ''
  const recent = (served.get(secret) ?? []).filter((at) => at > Date.now() - 60_000)
  const over = recent.length >= 3
  if (over) rejected++
  else recent.push(Date.now())
  served.set(secret, recent)
  response.writeHead(over ? 429 : 200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify(
      over
        ? { error: { message: 'Rate limit reached', type: 'rate_limit' } }
        : {
            choices: [{ message: { role: 'assistant', content: 'ok' } }],
            usage: { prompt_tokens: 5, completion_tokens: 1 },
          },
    ),
  )
})

beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(provider.address() as AddressInfo).port}`
  system = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: host })
  const row = await system.add.provider({ slug: 'weak', baseUrl: `http://${host}/v1` })
  for (let n = 0; n < 10; n++) {
    await system.add.key(row, `sk-weak-${n}`, { limits: { rpm: 3, tpm: null, concurrency: null } })
  }
  rawKey = (await system.add.appKey(await system.add.app('web'))).rawKey
  await system.gateway.refresh()
})

afterAll(async () => {
  await system?.stop()
  provider.closeAllConnections()
  provider.close()
})

it(`answers all of ${callsPerMinute} calls a minute for ${minutes} minutes, and never meets a 429`, async () => {
  const statuses: number[] = []
  const begin = performance.now()
  for (let n = 0; n < minutes * callsPerMinute; n++) {
    const response = await fetch(`${system.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }),
    })
    await response.arrayBuffer()
    statuses.push(response.status)
    await sleep(Math.max(0, begin + ((n + 1) * 60_000) / callsPerMinute - performance.now()))
  }
  const ok = statuses.filter((status) => status === 200).length
  console.log(`${ok} of ${statuses.length} calls succeeded, the provider refused ${rejected}`)
  expect({ ok, rejected }).toEqual({ ok: statuses.length, rejected: 0 })
}, 600_000)
