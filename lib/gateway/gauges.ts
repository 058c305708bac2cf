/** How the gateway stands at the moment of a scrape: keys, budgets, stores, what waits. */
import { Counter, Gauge, type Registry } from 'prom-client'
import { version } from '@/package.json'

const keyStates = ['up', 'cooling', 'down'] as const
const storeModes = {
  limits: ['redis', 'memory', 'degraded'],
  ledger: ['ok', 'journal_only', 'full'],
} as const

export type KeyReading = {
  id: string
  name: string
  provider: string
  state: (typeof keyStates)[number]
  /** 0 to 100. */
  score: number
}

export type BudgetReading = {
  scope: string
  id: string
  name: string
  period: string
  limitUsd: number
  /** Not spent yet by anybody. */
  leftUsd: number
  /** Set aside here for calls under way. */
  heldUsd: number
}

export type Reading = {
  inFlight: () => number
  keys: () => KeyReading[]
  /** Of budgets in use here. */
  budgets: () => BudgetReading[]
  /** Calls that cost more than was held for them, since the start. */
  overruns: () => number
  limitsMode: () => (typeof storeModes.limits)[number]
  ledgerMode: () => (typeof storeModes.ledger)[number]
  backlog: () => number
  lagSeconds: () => number
  journalBytes: () => number
  /** Since the start. */
  corruptLines: () => number
}

export function registerGauges(register: Registry, read: Reading): void {
  const registers = [register]
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      registers,
      name,
      help,
      collect() {
        this.set(value())
      },
    })
  /** `values` are labels, and a value for each. Those of the last scrape are forgotten. */
  const gauges = (name: string, help: string, labelNames: string[], values: () => Labelled[]) =>
    new Gauge({
      registers,
      name,
      help,
      labelNames,
      collect() {
        this.reset()
        for (const [labels, value] of values()) this.set(labels, value)
      },
    })
  const total = (name: string, help: string, value: () => number) =>
    new Counter({
      registers,
      name,
      help,
      collect() {
        this.reset()
        this.inc(value())
      },
    })

  gauges('akcp_build_info', 'Version of this process; always 1.', ['version'], () => [[{ version }, 1]])
  gauge('akcp_calls_in_flight', 'Calls being served now.', read.inFlight)

  gauges('akcp_key_info', 'Names of keys by id; always 1.', ['key', 'name', 'provider'], () =>
    read.keys().map(({ id, name, provider }) => [{ key: id, name, provider }, 1]),
  )
  gauges('akcp_key_health', 'Health of keys: 0 to 100.', ['key'], () =>
    read.keys().map(({ id, score }) => [{ key: id }, score]),
  )
  gauges('akcp_key_state', '1 for the state that a key is in, 0 for the others.', ['key', 'state'], () =>
    read
      .keys()
      .flatMap(({ id, state }) =>
        oneOf(keyStates, state).map(([name, on]) => [{ key: id, state: name }, on]),
      ),
  )

  const budgets = (name: string, help: string, value: (budget: BudgetReading) => number) =>
    gauges(name, help, ['scope', 'id', 'name', 'period'], () =>
      read.budgets().map((budget) => {
        const { scope, id, name, period } = budget
        return [{ scope, id, name, period }, value(budget)]
      }),
    )
  budgets('akcp_budget_limit_usd', 'Limit of budgets in use, in US dollars.', ({ limitUsd }) => limitUsd)
  budgets('akcp_budget_left_usd', 'What is left of budgets in use, in US dollars.', ({ leftUsd }) => leftUsd)
  budgets(
    'akcp_budget_held_usd',
    'Set aside for calls under way here, in US dollars.',
    ({ heldUsd }) => heldUsd,
  )
  total('akcp_budget_overruns_total', 'Calls that cost more than was held for them.', read.overruns)

  gauges('akcp_store_mode', '1 for the mode that a store is in, 0 for the others.', ['store', 'mode'], () => [
    ...oneOf(storeModes.limits, read.limitsMode()).map(
      ([mode, on]): Labelled => [{ store: 'limits', mode }, on],
    ),
    ...oneOf(storeModes.ledger, read.ledgerMode()).map(
      ([mode, on]): Labelled => [{ store: 'ledger', mode }, on],
    ),
  ])
  gauge('akcp_journal_backlog', 'Ledger rows waiting for the database.', read.backlog)
  gauge('akcp_ledger_lag_seconds', 'How long the oldest of them has waited.', read.lagSeconds)
  gauge('akcp_journal_bytes', 'Size of the journal.', read.journalBytes)
  total('akcp_journal_corrupt_lines_total', 'Lines of journals that could not be read.', read.corruptLines)
}

type Labelled = [labels: Record<string, string>, value: number]

function oneOf<T extends string>(all: readonly T[], current: T): [T, number][] {
  return all.map((name) => [name, name === current ? 1 : 0])
}
