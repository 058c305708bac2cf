/**
 * Prometheus metrics of one gateway process. Calls are counted in plain numbers and handed to prom-client when it is
 * asked: its labelled counters cost more per call than the rest of the bookkeeping.
 */
import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import type { BegunHalf, EndedHalf } from '@/lib/data/ledger'
import { type Reading, registerGauges } from './gauges'
import { type Buckets, Distribution, Tallies } from './metric-parts'

const bounds = {
  request: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  ttft: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  overhead: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
}
/** A provider may accept any name: what comes after so many is `other`. */
const modelsMax = 300

/** What calls of one combination of labels have used since the last scrape. */
type Used = {
  poolId: string | null
  labels: { provider: string; pool: string; key: string; model: string; outcome: string }
  calls: number
  input: number
  output: number
  costUsd: number
  request: Buckets
  ttft: Buckets
  overhead: Buckets
}

export function createMetrics(read: Reading) {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  registerGauges(register, read)
  const distribution = (name: keyof typeof bounds, help: string) => {
    const one = new Distribution(`akcp_${name}_seconds`, help, bounds[name])
    register.registerMetric(one.metric)
    return one
  }
  const request = distribution('request', 'Duration of calls.')
  const ttft = distribution('ttft', 'Time to the first byte of streams.')
  const overhead = distribution('overhead', 'What the gateway itself adds to a call.')
  const models = new Set<string>()
  /** By key: few combinations of the other labels each, so that looking through them is cheaper than joined names. */
  const usedByKey = new Map<string | null, Used[]>()
  const used: Used[] = []
  registerUse(registers, used)
  const tallies = (name: string, help: string, labelNames: string[]) => {
    const counted = new Tallies()
    const collect = (): void => counted.passTo(counter)
    const counter = new Counter({ registers, name, help, labelNames, collect })
    return counted
  }
  const http = tallies('akcp_http_requests_total', 'Requests to the gateway.', ['method', 'route', 'status'])
  const refusals = tallies('akcp_refusals_total', 'Calls refused before any provider was asked.', ['code'])
  const attempts = tallies('akcp_attempts_total', 'Requests to providers.', ['provider', 'result'])
  const limited = tallies(
    'akcp_rate_limited_total',
    'Refusals by limits; of pools and keys, times that another key was taken instead.',
    ['scope', 'kind'],
  )
  const plain = { failovers: 0, downgrades: 0, unrecorded: 0 }
  const total = (name: string, help: string, of: keyof typeof plain) =>
    new Counter({
      registers,
      name,
      help,
      collect() {
        this.inc(plain[of])
        plain[of] = 0
      },
    })
  total('akcp_failover_total', 'Attempts after the first one.', 'failovers')
  total('akcp_downgrade_total', 'Calls that a budget moved to a cheaper model.', 'downgrades')
  total(
    'akcp_unrecorded_refusals_total',
    'Refused calls without a row: too many rows wait for the database.',
    'unrecorded',
  )

  /** Model names are a label only where a provider has accepted them: callers can invent any number. */
  function modelOf(served_model: string, outcome: EndedHalf['outcome']): string {
    if (outcome !== 'ok') return 'other'
    if (!models.has(served_model)) {
      if (models.size >= modelsMax) return 'other'
      models.add(served_model)
    }
    return served_model
  }

  function usedBy(begun: BegunHalf, outcome: EndedHalf['outcome'], provider: string, pool: string): Used {
    const { key_id, pool_id } = begun
    const model = modelOf(begun.served_model, outcome)
    const ofKey = usedByKey.get(key_id) ?? []
    const known = ofKey.find(
      (use) => use.poolId === pool_id && use.labels.model === model && use.labels.outcome === outcome,
    )
    if (known) return known
    const made: Used = {
      poolId: pool_id,
      labels: { provider, pool, key: key_id ?? '', model, outcome },
      calls: 0,
      input: 0,
      output: 0,
      costUsd: 0,
      request: request.of(provider),
      ttft: ttft.of(provider),
      overhead: overhead.of(provider),
    }
    used.push(made)
    ofKey.push(made)
    usedByKey.set(key_id, ofKey)
    return made
  }

  return {
    countHttp(method: string, route: string, status: number) {
      http.add(`${method} ${route} ${status}`, () => ({ method, route, status: String(status) }))
    },
    countRefusal(code: string) {
      refusals.add(code, () => ({ code }))
    },
    countLimited(scope: string, kind: string) {
      limited.add(`${scope} ${kind}`, () => ({ scope, kind }))
    },
    /** A refused call that gets no row. */
    countUnrecorded() {
      plain.unrecorded++
    },
    countDowngrade() {
      plain.downgrades++
    },
    /** A call that reached a provider. */
    countCall(begun: BegunHalf, ended: EndedHalf, provider: string, pool: string, overheadMs: number) {
      const use = usedBy(begun, ended.outcome, provider, pool)
      use.calls++
      use.input += ended.input_tokens
      use.output += ended.output_tokens
      use.costUsd += Number(ended.cost_nanos) / 1e9
      use.request.add(ended.latency_ms / 1000)
      use.overhead.add(overheadMs / 1000)
      if (ended.ttft_ms !== null) use.ttft.add(ended.ttft_ms / 1000)
      for (const { provider, class: failure, status } of ended.attempts) {
        const result = failure ?? (status === null ? 'left' : 'ok')
        attempts.add(`${provider} ${result}`, () => ({ provider, result }))
      }
      plain.failovers += Math.max(0, ended.attempts.length - 1)
    },
    text: () => register.metrics(),
  }
}

function registerUse(registers: Registry[], used: Used[]): void {
  new Counter({
    registers,
    name: 'akcp_requests_total',
    help: 'Calls that reached a provider.',
    labelNames: ['provider', 'pool', 'key', 'model', 'outcome'],
    collect() {
      for (const use of used) {
        this.inc(use.labels, use.calls)
        use.calls = 0
      }
    },
  })
  new Counter({
    registers,
    name: 'akcp_tokens_total',
    help: 'Tokens by direction.',
    labelNames: ['provider', 'model', 'direction'],
    collect() {
      for (const use of used) {
        const { provider, model } = use.labels
        this.inc({ provider, model, direction: 'input' }, use.input)
        this.inc({ provider, model, direction: 'output' }, use.output)
        use.input = 0
        use.output = 0
      }
    },
  })
  new Counter({
    registers,
    name: 'akcp_cost_usd_total',
    help: 'Cost in US dollars.',
    labelNames: ['provider', 'model'],
    collect() {
      for (const use of used) {
        const { provider, model } = use.labels
        this.inc({ provider, model }, use.costUsd)
        use.costUsd = 0
      }
    },
  })
}

export type Metrics = ReturnType<typeof createMetrics>
