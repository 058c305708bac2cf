import { expect, test } from 'vitest'
import { markdown, number, replacePart, verdicts } from '@/test/bench/report.mjs'

const of = (median: number) => ({ median, lowest: median - 0.1, highest: median + 0.1 })
const times = { 'request relay': of(1.4), 'dispatch relay': of(2.9), Portkey: of(0.08) }
const cpuUs = { gateway: of(100), 'request relay': of(71), 'dispatch relay': of(34), Portkey: of(1250) }
const costs = { rounds: 5, cpuUs, gatewayTimes: times, postgresqlUs: of(60) }
const added = { p50: of(0.2), p95: of(0.5), p99: of(1) }
const streamCosts = {
  ...costs,
  connections: 32,
  gatewayTimes: { 'request relay': of(1.1) },
  cpuUs: { gateway: of(4400), 'request relay': of(4000), 'dispatch relay': of(3900) },
  addedFirstByteMs: { gateway: of(0.3), 'request relay': of(0.2), 'dispatch relay': of(0.1) },
}
const rows = { calls: 90_000, inDatabase: 90_000, afterSeconds: 0.4 }

function results() {
  return {
    machine: {
      ...{ cpu: 'A Processor', cores: 2, memoryGb: 24, node: '20.20.2', commit: 'abc1234' },
      ...{ date: '2026-11-21T05:00:00.000Z', loadBefore: 0.1 },
    },
    notes: ['Portkey answers streams with 500 on Node 20.20.2'],
    json: [{ promptBytes: 1000, ...costs, sameRate: { rate: 2000, ...costs, cpuUs: { gateway: of(303) } } }],
    latency: [
      {
        connections: 1,
        addedMs: { gateway: added, 'request relay': added, 'dispatch relay': added, Portkey: added },
        gatewayTimesRequestRelayP50: of(1.5),
      },
    ],
    throughput: {
      callsPerSecond: {
        gateway: of(5100),
        'request relay': of(12_000),
        'dispatch relay': of(20_000),
        Portkey: of(400),
      },
      gateway: { calls: 80_000, seconds: 16, lagSeconds: 0.3, rows },
    },
    streams: { chunks: 200, paced: { ...streamCosts, paceMs: 5 }, burst: { ...streamCosts, paceMs: 0 } },
    memory: { gateway: 190, 'request relay': 80, 'dispatch relay': 70, Portkey: 120 },
    appKeys: { few: 10, many: 100_000, times: of(1.05) },
    soak: {
      ...{ minutes: 10, calls: 3_000_000 },
      memory: { lowestMb: 180, highestMb: 290, secondHalfMeanMb: 250, secondHalfMbPerMinute: 1 },
    },
  }
}

const metOf = (given: unknown) => Object.fromEntries(verdicts(given).map(({ target, met }) => [target, met]))

test('each target is met or missed by its own figure', () => {
  expect(verdicts(results()).map(({ figure, met }) => [figure, met])).toEqual([
    [1.4, true],
    [2.9, false],
    [12.5, true],
    [1.5, true],
    [1.1, true],
    [5100, true],
    [0.3, true],
    [0, true],
    [1.05, true],
    [290, true],
    [2, true],
  ])
})

test('a lost row, slow rows, too few calls and growing memory are missed targets', () => {
  const worse = results()
  worse.throughput.gateway = {
    ...worse.throughput.gateway,
    lagSeconds: 1.01,
    rows: { ...rows, inDatabase: 89_999 },
  }
  worse.throughput.callsPerSecond.gateway = of(4999)
  worse.soak.memory = { ...worse.soak.memory, highestMb: 301, secondHalfMbPerMinute: 3 }
  const met = metOf(worse)
  expect(met['calls without a row']).toBe(false)
  expect(met['seconds until a row is in PostgreSQL, at that rate']).toBe(false)
  expect(met['calls a second on one core']).toBe(false)
  expect(met['MB of memory at full load']).toBe(false)
  expect(met['growth of memory in the second half of it, in percent']).toBe(false)
})

test('what a short run has not measured is neither met nor missed', () => {
  const { json } = results()
  const met = Object.values(metOf({ json }))
  expect(met.slice(0, 3)).toEqual([true, false, true])
  expect(new Set(met.slice(3))).toEqual(new Set([null]))
})

test('without Portkey nothing is said of it', () => {
  const { Portkey: _, ...others } = times
  const [, , third] = verdicts({ json: [{ ...costs, gatewayTimes: others }] })
  expect(third).toMatchObject({ figure: null, met: null })
})

test('the table shows every target of the bench, a dash where it serves no streams, and what was missed', () => {
  const text = markdown(results())
  expect(text).toContain('2 cores of A Processor, 24 GB, Node 20.20.2, 2026-11-21, commit abc1234')
  const cells = (label: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`| ${label}`))
      ?.split('|')
      .map((cell) => cell.trim())
      .slice(2, -1)
  expect(cells(' ')).toEqual(['**gateway**', 'request relay', 'dispatch relay', 'Portkey'])
  expect(cells('CPU of a JSON call, 1 kB prompt')).toEqual(['100', '71', '34', '1,250'])
  expect(cells('the gateway’s 1 kB call')).toEqual(['–', '1.4 (1.3–1.5)', '2.9 (2.8–3)', '0.08 (-0.02–0.18)'])
  expect(cells('CPU of a stream of 200 events 5 ms apart')).toEqual(['4,400', '4,000', '3,900', '–'])
  expect(cells('CPU of a JSON call, times the `dispatch`')).toEqual(['≤ 2.8', '2.9', '**missed**'])
  expect(text).toContain('90,000 of 90,000 calls')
  expect(text).toContain('Portkey answers streams with 500 on Node 20.20.2.\n')
})

test('other work on the machine is said', () => {
  const busy = results()
  expect(markdown(busy)).not.toContain('busy')
  busy.machine.loadBefore = 3.14
  expect(markdown(busy)).toContain('24 GB (busy with other work: load 3.14)')
})

test('all rows of a table are equally wide', () => {
  const tables = markdown(results())
    .split('\n\n')
    .filter((part) => part.startsWith('|'))
  expect(tables).toHaveLength(2)
  for (const table of tables) {
    expect(new Set(table.split('\n').map((line) => [...line].length)).size).toBe(1)
  }
})

test('only what stands between the two comments is replaced, again and again', () => {
  const before = 'head\n<!-- bench:start -->\nold\n<!-- bench:end -->\ntail'
  const once = replacePart(before, 'new')
  expect(once).toBe('head\n<!-- bench:start -->\n\nnew\n\n<!-- bench:end -->\ntail')
  expect(replacePart(once, 'new')).toBe(once)
  expect(() => replacePart('no comments', 'new')).toThrow('<!-- bench:start -->')
  expect(() => replacePart('<!-- bench:start --> only', 'new')).toThrow('<!-- bench:end -->')
})

test.each([
  [1234.5, '1,235'],
  [99.96, '100'],
  [12.345, '12.3'],
  [1.5, '1.5'],
  [0.01234, '0.0123'],
  [0, '0'],
  [-0.5, '-0.5'],
])('%d is written %s', (value, text) => {
  expect(number(value)).toBe(text)
})
