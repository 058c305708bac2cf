import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway'
import { hasPrometheus, promtool, startPrometheus } from '../support/promtool'
import { startUpstream, type Upstream } from '../support/upstream'

const token = 'metrics-token-of-the-tests'
const ask = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Which animal jumps?' }] }

let upstream: Upstream
let system: TestGateway
let keys: { one: string; two: string; bad: string }
let web: { id: string; rawKey: string }

beforeAll(async () => {
  upstream = await startUpstream()
  system = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin, METRICS_TOKEN: token })
  const { add } = system
  const provider = await add.provider({ slug: 'mock', baseUrl: upstream.baseUrl })
  const other = await add.provider({ slug: 'other', baseUrl: upstream.baseUrl, modelPatterns: [] })
  keys = {
    one: (await add.key(provider, 'sk-one')).id,
    two: (await add.key(provider, 'sk-two')).id,
    bad: (await add.key(other, 'sk-bad')).id,
  }
  for (const priced of [provider, other]) await add.price(priced, '*', 1, 2)
  const app = await add.app('web')
  await add.budget('app', app.id, 5, { hard: true })
  web = { id: app.id, rawKey: (await add.appKey(app)).rawKey }
  await system.gateway.refresh()
})

afterAll(async () => {
  await system?.stop()
  await upstream?.stop()
})

async function scrape(): Promise<string> {
  const response = await fetch(`${system.address}/api/metrics`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  return await response.text()
}

/** The value of one series, its labels as a scrape prints them; undefined when there is none. */
function value(text: string, series: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

async function now(series: string): Promise<number | undefined> {
  return value(await scrape(), series)
}

function call(body: object = ask, rawKey = web.rawKey) {
  return fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ max_tokens: 50, ...body }),
  }).then(async (response) => ({ status: response.status, text: await response.text() }))
}

describe('the metrics of a gateway', () => {
  it('count calls, tokens and cost exactly', async () => {
    await call()
    await call({ ...ask, stream: true })
    const text = await scrape()
    const served = ['one', 'two'].map((name) => {
      const key = keys[name as 'one' | 'two']
      const labels = `provider="mock",pool="mock",key="${key}",model="gpt-4o-mini",outcome="ok"`
      return value(text, `akcp_requests_total{${labels}}`)
    })
    expect(served).toEqual([1, 1])
    const of = 'provider="mock",model="gpt-4o-mini"'
    expect(value(text, `akcp_tokens_total{${of},direction="input"}`)).toBe(38)
    expect(value(text, `akcp_tokens_total{${of},direction="output"}`)).toBe(28)
    expect(value(text, `akcp_cost_usd_total{${of}}`)).toBeCloseTo((38 * 1 + 28 * 2) / 1e6, 12)
    expect(value(text, 'akcp_attempts_total{provider="mock",result="ok"}')).toBe(2)
    expect(value(text, 'akcp_request_seconds_count{provider="mock"}')).toBe(2)
    expect(value(text, 'akcp_request_seconds_bucket{le="+Inf",provider="mock"}')).toBe(2)
    expect(value(text, 'akcp_ttft_seconds_count{provider="mock"}')).toBe(1)
    expect(await scrape()).toContain('akcp_request_seconds_count{provider="mock"} 2')
  })

  it('tell what the gateway adds from what the provider takes', async () => {
    const before = await scrape()
    await upstream.fault({ delayMs: 400 })
    await call()
    await upstream.fault()
    const after = await scrape()
    const added = (series: string) => (value(after, series) ?? 0) - (value(before, series) ?? 0)
    expect(added('akcp_request_seconds_sum{provider="mock"}')).toBeGreaterThan(0.4)
    expect(added('akcp_overhead_seconds_sum{provider="mock"}')).toBeGreaterThan(0)
    expect(added('akcp_overhead_seconds_sum{provider="mock"}')).toBeLessThan(0.2)
    expect(added('akcp_overhead_seconds_bucket{le="0.25",provider="mock"}')).toBe(1)
  })

  it('count each failed attempt by class, and the failover', async () => {
    await upstream.fault({ status: 500, times: 1 })
    expect((await call()).status).toBe(200)
    await upstream.fault()
    const text = await scrape()
    expect(value(text, 'akcp_attempts_total{provider="mock",result="provider"}')).toBe(1)
    expect(value(text, 'akcp_failover_total')).toBe(1)
  })

  it('do not take model names that no provider has accepted', async () => {
    await upstream.fault({
      status: 404,
      body: { error: { message: 'no such model', code: 'model_not_found' } },
    })
    for (const model of ['invented-1', 'invented-2']) await call({ ...ask, model })
    await upstream.fault()
    const text = await scrape()
    expect(text).not.toContain('invented')
    expect(text).toMatch(/akcp_requests_total\{.*model="other",outcome="error"\} [12]/)
  })

  it('show what a call under way holds, and that it is in flight', async () => {
    const of = `scope="app",id="${web.id}",name="web",period="day"`
    await upstream.fault({ delayMs: 500 })
    const running = call()
    await vi.waitUntil(async () => (await now('akcp_calls_in_flight')) === 1)
    const during = await scrape()
    expect(value(during, `akcp_budget_held_usd{${of}}`)).toBeGreaterThan(0.0001)
    expect(value(during, `akcp_budget_limit_usd{${of}}`)).toBe(5)
    await running
    await upstream.fault()
    const after = await scrape()
    expect(value(after, `akcp_budget_held_usd{${of}}`)).toBe(0)
    expect(value(after, `akcp_budget_left_usd{${of}}`)).toBeLessThan(5)
    expect(value(after, `akcp_budget_left_usd{${of}}`)).toBeGreaterThan(4.9)
    expect(value(after, 'akcp_calls_in_flight')).toBe(0)
    expect(value(after, 'akcp_budget_overruns_total')).toBe(0)
  })

  it('count refusals by reason and limits by whose they are', async () => {
    const app = await system.add.app('limited', { limits: { rpm: 1, tpm: null, concurrency: null } })
    const { rawKey } = await system.add.appKey(app)
    await system.gateway.refresh()
    expect((await call(ask, rawKey)).status).toBe(200)
    expect((await call(ask, rawKey)).status).toBe(429)
    expect((await call(ask, 'akcp_nobody')).status).toBe(401)
    const text = await scrape()
    expect(value(text, 'akcp_rate_limited_total{scope="app",kind="rpm"}')).toBe(1)
    expect(value(text, 'akcp_refusals_total{code="rate_limit_exceeded"}')).toBe(1)
    expect(value(text, 'akcp_refusals_total{code="invalid_api_key"}')).toBe(1)
    const http = 'akcp_http_requests_total{method="POST",route="chat/completions",status="429"}'
    expect(value(text, http)).toBe(1)
  })

  it('show each key by name with its state and health', async () => {
    await upstream.fault({ secret: 'sk-bad', status: 401 })
    await call({ ...ask, model: 'other/gpt-4o' })
    await upstream.fault()
    const text = await scrape()
    expect(value(text, `akcp_key_info{key="${keys.bad}",name="sk-bad",provider="other"}`)).toBe(1)
    expect(value(text, `akcp_key_state{key="${keys.bad}",state="down"}`)).toBe(1)
    expect(value(text, `akcp_key_state{key="${keys.bad}",state="up"}`)).toBe(0)
    expect(value(text, `akcp_key_health{key="${keys.bad}"}`)).toBeLessThan(100)
    expect(value(text, `akcp_key_state{key="${keys.two}",state="up"}`)).toBe(1)
  })

  it('name the mode of each store', async () => {
    const text = await scrape()
    const mode = (store: string, name: string) =>
      value(text, `akcp_store_mode{store="${store}",mode="${name}"}`)
    expect(['redis', 'memory', 'degraded'].map((name) => mode('limits', name))).toEqual([0, 1, 0])
    expect(['ok', 'journal_only', 'full'].map((name) => mode('ledger', name))).toEqual([1, 0, 0])
  })
})

const folder = new URL('../../public/deploy/', import.meta.url)
const fileIn = (name: string) => fileURLToPath(new URL(name, folder))

type Panel = { title: string; type: string; description?: string; targets?: { expr: string }[] }

async function panels(): Promise<Panel[]> {
  const dashboard = JSON.parse(await readFile(fileIn('akcp-grafana.json'), 'utf8'))
  return dashboard.panels.filter(({ type }: Panel) => type !== 'row')
}

/** As Grafana fills in its variables. */
function filledIn(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('"$job"', '"akcp"')
    .replaceAll('"$provider"', '".*"')
}

describe('what public/deploy asks for', () => {
  it('is there: every metric that dashboard and rules name', async () => {
    const text = await scrape()
    const queries = (await panels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    const rules = (await readFile(fileIn('akcp-rules.yml'), 'utf8')).replaceAll(
      '$externalLabels.akcp_portal',
      '',
    )
    const recorded = new Set([...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name))
    const asked = [...queries, rules].flatMap((query) => query.match(/\b[a-z]+(:|_)[a-z0-9_:]+\b/g) ?? [])
    const names = new Set(asked.filter((name) => /^(akcp|nodejs|process)_|:/.test(name)))
    expect(names.size).toBeGreaterThan(35)
    const isThere = (name: string) => text.includes(`# TYPE ${name.replace(/_(bucket|sum|count)$/, '')} `)
    const missing = [...names].filter((name) => !recorded.has(name) && !isThere(name))
    expect(missing).toEqual([])
  })

  it('says on every panel what it shows', async () => {
    for (const panel of await panels()) expect(panel.description, panel.title).toMatch(/^[A-Z0].{15,}\.$/)
  })
})

describe.skipIf(!hasPrometheus)('as Prometheus sees it', () => {
  it('the metrics are well formed', async () => {
    const { output } = promtool(['check', 'metrics'], await scrape())
    // prom-client's own metrics of Node do not keep to every convention.
    expect(output.split('\n').filter((line) => line !== '' && !/^nodejs_/.test(line))).toEqual([])
  })

  it('configuration, rules and what they fire on are right', async () => {
    const copy = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-deploy-'))
    await cp(folder, copy, { recursive: true })
    await writeFile(join(copy, 'akcp-metrics-token'), token)
    const config = promtool(['check', 'config', join(copy, 'prometheus.yml')])
    expect(config.status, config.output).toBe(0)
    const tests = promtool(['test', 'rules', fileIn('../../test/fixtures/akcp-rules.test.yml')])
    expect(tests.status, tests.output).toBe(0)
  })

  it('scrapes the gateway, evaluates the rules and has data for every panel', async () => {
    const rules = fileIn('akcp-rules.yml')
    const target = `{ targets: ['${new URL(system.address).host}'] }`
    const prometheus = await startPrometheus(`
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: ['${rules}']
scrape_configs:
  - job_name: akcp
    metrics_path: /api/metrics
    authorization: { type: Bearer, credentials: ${token} }
    static_configs: [${target}]
`)
    try {
      await vi.waitUntil(
        async () => (await prometheus.query('count_over_time(up[1m]) > 3')).length > 0,
        20_000,
      )
      await call()
      await sleep(2500)
      const empty: string[] = []
      for (const { title, targets = [] } of await panels()) {
        for (const { expr } of targets) {
          if ((await prometheus.query(filledIn(expr))).length === 0) empty.push(`${title}: ${expr}`)
        }
      }
      expect(empty).toEqual([])
      expect(await prometheus.query('provider:akcp_requests:rate5m{provider="mock"} > 0')).toHaveLength(1)
      const down = await prometheus.query('ALERTS{alertname="AkcpKeyDown"}')
      expect(down.map(({ metric }) => metric.name)).toEqual(['sk-bad'])
    } finally {
      await prometheus.stop()
    }
  })
})
