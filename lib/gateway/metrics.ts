/**
 * Prometheus metrics of one gateway process. Calls are counted in plain numbers and handed to prom-client when it is
 * asked: its labelled counters cost more per call than the rest of the bookkeeping.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LedgerRow } from '@/lib/data/ledger'

const seconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** Calls of one combination of labels since the last scrape. */
type Tally = { labels: Record<string, string>; calls: number }

type Reading = {
  backlog: () => number
  lagSeconds: () => number
  /** Scores by key, 0 to 100. */
  keyHealth: () => Map<string, number>
  /** Of budgets in use here, by scope and id: what is left, in US dollars. */
  budgetsLeft: () => { scope: string; id: string; period: string; usd: number }[]
  /** 1 while the shared counters of limits cannot be reached. */
  limitsDegraded: () => number
  journal: () => { bytes: number; full: boolean; corruptLines: number }
}

export function createMetrics(read: Reading) {
  const registers = [new Registry()]
  const register = registers[0] as Registry
  collectDefaultMetrics({ register })
  const calls = new Map<string, Tally>()
  const sums = { input: 0, output: 0, costUsd: 0, failovers: 0, downgrades: 0, unrecorded: 0 }
  new Counter({
    registers,
    name: 'akcp_requests_total',
    help: 'Calls that reached a provider.',
    labelNames: ['provider', 'pool', 'key', 'model', 'outcome'],
    collect() {
      pass(this, calls)
    },
  })
  const counter = (name: string, help: string, take: () => number) =>
    new Counter({
      registers,
      name,
      help,
      collect() {
        this.inc(take())
      },
    })
  const taken = (name: keyof typeof sums) => () => {
    const value = sums[name]
    sums[name] = 0
    return value
  }
  new Counter({
    registers,
    name: 'akcp_tokens_total',
    help: 'Tokens by direction.',
    labelNames: ['direction'],
    collect() {
      this.inc({ direction: 'input' }, taken('input')())
      this.inc({ direction: 'output' }, taken('output')())
    },
  })
  counter('akcp_cost_usd_total', 'Cost in US dollars.', taken('costUsd'))
  counter('akcp_failover_total', 'Attempts after the first one.', taken('failovers'))
  counter('akcp_downgrade_total', 'Calls that a budget moved to a cheaper model.', taken('downgrades'))
  counter(
    'akcp_unrecorded_refusals_total',
    'Refused calls without a row: too many rows wait for the database.',
    taken('unrecorded'),
  )
  const limited = new Map<string, Tally>()
  new Counter({
    registers,
    name: 'akcp_rate_limited_total',
    help: 'Refusals by limits; of pools and keys, times that another key was taken instead.',
    labelNames: ['scope', 'kind'],
    collect() {
      pass(this, limited)
    },
  })
  const requests = new Map<string, Tally>()
  new Counter({
    registers,
    name: 'akcp_http_requests_total',
    help: 'Requests to the gateway by route.',
    labelNames: ['method', 'route', 'status'],
    collect() {
      pass(this, requests)
    },
  })
  const histogram = (name: string, help: string) =>
    new Histogram({ registers, name, help, buckets: seconds, labelNames: ['provider'] })
  const latency = histogram('akcp_request_seconds', 'Duration of calls.')
  const ttft = histogram('akcp_ttft_seconds', 'Time to the first byte of streams.')
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      registers,
      name,
      help,
      collect() {
        this.set(value())
      },
    })
  gauge('akcp_journal_backlog', 'Ledger rows waiting for the database.', read.backlog)
  gauge('akcp_ledger_lag_seconds', 'How long the oldest of them has waited.', read.lagSeconds)
  gauge('akcp_journal_bytes', 'Size of the journal.', () => read.journal().bytes)
  gauge('akcp_journal_full', '1 while calls are refused because they cannot be recorded.', () =>
    Number(read.journal().full),
  )
  let corruptSeen = 0
  counter('akcp_journal_corrupt_lines_total', 'Lines of journals that could not be read.', () => {
    const seen = corruptSeen
    corruptSeen = read.journal().corruptLines
    return corruptSeen - seen
  })
  gauge('akcp_limits_degraded', '1 while limits are counted in this process alone.', read.limitsDegraded)
  new Gauge({
    registers,
    name: 'akcp_key_health',
    help: 'Health of keys that have failed: 0 to 100.',
    labelNames: ['key'],
    collect() {
      this.reset()
      for (const [key, score] of read.keyHealth()) this.set({ key }, score)
    },
  })
  new Gauge({
    registers,
    name: 'akcp_budget_left_usd',
    help: 'What is left of budgets in use, in US dollars.',
    labelNames: ['scope', 'id', 'period'],
    collect() {
      this.reset()
      for (const { usd, ...labels } of read.budgetsLeft()) this.set(labels, usd)
    },
  })

  return {
    countHttp(method: string, route: string, status: number) {
      count(requests, `${method} ${route} ${status}`, () => ({ method, route, status: String(status) }))
    },
    countLimited(scope: string, kind: string) {
      count(limited, `${scope} ${kind}`, () => ({ scope, kind }))
    },
    /** A refused call that gets no row. */
    countUnrecorded() {
      sums.unrecorded++
    },
    countDowngrade() {
      sums.downgrades++
    },
    /** Model names are a label only where a provider has accepted them: callers can invent any number. */
    countCall(row: LedgerRow, provider: string, pool: string) {
      const model = row.outcome === 'ok' ? row.served_model : 'other'
      count(calls, `${row.key_id} ${row.pool_id} ${model} ${row.outcome}`, () => ({
        provider,
        pool,
        key: row.key_id ?? '',
        model,
        outcome: row.outcome,
      }))
      latency.observe({ provider }, row.latency_ms / 1000)
      if (row.ttft_ms !== null) ttft.observe({ provider }, row.ttft_ms / 1000)
      sums.input += row.input_tokens
      sums.output += row.output_tokens
      sums.costUsd += Number(row.cost_nanos) / 1e9
      sums.failovers += Math.max(0, row.attempts.length - 1)
    },
    text: () => register.metrics(),
  }
}

function count(tallies: Map<string, Tally>, name: string, labels: () => Tally['labels']): void {
  const tally = tallies.get(name)
  if (tally) tally.calls++
  else tallies.set(name, { labels: labels(), calls: 1 })
}

function pass(counter: Counter, tallies: Map<string, Tally>): void {
  for (const tally of tallies.values()) {
    counter.inc(tally.labels, tally.calls)
    tally.calls = 0
  }
}

export type Metrics = ReturnType<typeof createMetrics>
