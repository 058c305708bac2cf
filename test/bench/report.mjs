/** What the figures mean: the targets, and the README's table. Pure. */

/**
 * Each target with its figure; `met` is null where it was not measured.
 * @param {any} results
 */
export function verdicts(results) {
  const short = results.json?.[0]
  const alone = results.latency?.find((/** @type {any} */ level) => level.connections === 1)
  const { paced } = results.streams ?? {}
  const { throughput, appKeys, soak } = results
  const perSecond = throughput?.callsPerSecond.gateway.median
  const portkey = short?.gatewayTimes.Portkey && 1 / short.gatewayTimes.Portkey.median
  const growth = soak && (soak.memory.secondHalfMbPerMinute * soak.minutes) / 2 / soak.memory.secondHalfMeanMb
  const lost = throughput && throughput.gateway.rows.calls - throughput.gateway.rows.inDatabase
  return [
    atMost(
      'CPU of a JSON call, times the `request` relay’s',
      1.5,
      short?.gatewayTimes['request relay'].median,
    ),
    atMost(
      'CPU of a JSON call, times the `dispatch` relay’s',
      2.8,
      short?.gatewayTimes['dispatch relay'].median,
    ),
    atLeast('CPU of a JSON call at Portkey, times ours', 10, portkey),
    atMost(
      'added p50 at one connection, times the `request` relay’s',
      1.5,
      alone?.gatewayTimesRequestRelayP50.median,
    ),
    atMost(
      'CPU of a 200-event stream, times the `request` relay’s',
      1.15,
      paced?.gatewayTimes['request relay'].median,
    ),
    atLeast('calls a second on one core', 5000, perSecond),
    atMost('seconds until a row is in PostgreSQL, at that rate', 1, throughput?.gateway.lagSeconds),
    atMost('calls without a row', 0, lost),
    atMost('CPU of a call with 100,000 app keys, times that with 10', 1.1, appKeys?.times.median),
    atMost('MB of memory at full load', 300, soak?.memory.highestMb),
    atMost('growth of memory in the second half of it, in percent', 5, growth && growth * 100),
  ]
}

/** @param {string} target @param {number} bound @param {number | undefined} figure */
function atMost(target, bound, figure) {
  return {
    target,
    bound: `≤ ${bound}`,
    figure: figure ?? null,
    met: figure === undefined ? null : figure <= bound,
  }
}

/** @param {string} target @param {number} bound @param {number | undefined} figure */
function atLeast(target, bound, figure) {
  return {
    target,
    bound: `≥ ${bound}`,
    figure: figure ?? null,
    met: figure === undefined ? null : figure >= bound,
  }
}

/**
 * The README's part: what each target costs, and the targets met and missed.
 * @param {any} results
 */
export function markdown(results) {
  const { machine, json, latency, streams, throughput, memory, soak, appKeys } = results
  const names = Object.keys(json[0].cpuUs)
  const row = (/** @type {string} */ label, /** @type {(name: string) => string | undefined} */ cell) => [
    label,
    ...names.map((name) => cell(name) ?? '–'),
  ]
  const added = (/** @type {any} */ level) =>
    row(`added p50 / p95 / p99, connections: ${level.connections}, ms`, (name) => {
      const of = level.addedMs[name]
      return of && [of.p50, of.p95, of.p99].map(({ median }) => number(median)).join(' / ')
    })
  const stream = (/** @type {string} */ label, /** @type {any} */ kind) => [
    row(`CPU of a stream of ${streams.chunks} events ${label}, µs`, (name) => median(kind.cpuUs[name])),
    row(`its first event later by, ms`, (name) => median(kind.addedFirstByteMs[name])),
  ]
  const rows = [
    ...json.map((/** @type {any} */ prompt) =>
      row(`CPU of a JSON call, ${prompt.promptBytes / 1000} kB prompt, µs`, (name) =>
        median(prompt.cpuUs[name]),
      ),
    ),
    row('the gateway’s 1 kB call, times this one (lowest–highest)', (name) => {
      const times = json[0].gatewayTimes[name]
      return times && `${number(times.median)} (${number(times.lowest)}–${number(times.highest)})`
    }),
    row(`CPU of a 1 kB JSON call at ${number(json[0].sameRate.rate)} calls a second each, µs`, (name) =>
      median(json[0].sameRate.cpuUs[name]),
    ),
    row('the gateway’s, times this one (lowest–highest)', (name) => {
      const times = json[0].sameRate.gatewayTimes[name]
      return times && `${number(times.median)} (${number(times.lowest)}–${number(times.highest)})`
    }),
    ...latency.map(added),
    row('calls a second on one core', (name) => median(throughput.callsPerSecond[name])),
    ...stream(`${streams.paced.paceMs} ms apart`, streams.paced),
    ...stream('in one go', streams.burst),
    row('memory after the load, MB', (name) => memory[name] && number(memory[name])),
  ]
  const { gateway } = throughput
  const otherWork =
    machine.loadBefore > 0.5 ? ` (busy with other work: load ${number(machine.loadBefore)})` : ''
  return [
    `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB${otherWork}, Node ${machine.node}, ${machine.date.slice(0, 10)}, commit ${machine.commit}; ratios are medians of rounds in which all take turns.`,
    '',
    table([['', ...names.map((name) => (name === 'gateway' ? '**gateway**' : name))], ...rows]),
    '',
    `Of PostgreSQL a JSON call takes ${median(json[0].postgresqlUs)} µs more. At full speed on one core (${number(gateway.calls / gateway.seconds)} calls a second) rows waited ${number(gateway.lagSeconds)} s at most, and ${number(gateway.rows.inDatabase)} of ${number(gateway.rows.calls)} calls had one ${number(gateway.rows.afterSeconds)} s after the last. With ${number(appKeys.many)} app keys a call costs ${number(appKeys.times.median)} times what it costs with ${appKeys.few}. ${soak.minutes} minutes at full load (${number(soak.calls)} calls): ${soak.memory.lowestMb} to ${soak.memory.highestMb} MB, ${number(soak.memory.secondHalfMbPerMinute)} MB more each minute of the second half.`,
    '',
    ...results.notes.flatMap((/** @type {string} */ note) => [`${note}.`, '']),
    table([
      ['target', 'bound', 'measured', ''],
      ...verdicts(results).map(({ target, bound, figure, met }) => [
        target,
        bound,
        figure === null ? '–' : number(figure),
        met === null ? 'not measured' : met ? 'met' : '**missed**',
      ]),
    ]),
  ].join('\n')
}

/**
 * `text` with what stands between the two comments replaced. Throws when they are not there.
 * @param {string} text
 * @param {string} part
 */
export function replacePart(text, part) {
  const [start, end] = ['<!-- bench:start -->', '<!-- bench:end -->']
  const [before, rest] = text.split(start)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`the text has no ${start} … ${end}`)
  return `${before}${start}\n\n${part}\n\n${end}${after}`
}

/** @param {{median: number} | undefined} spread */
function median(spread) {
  return spread && number(spread.median)
}

/**
 * Three digits that count, whole from a hundred on.
 * @param {number} value
 */
export function number(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB')
  return String(Number(value.toPrecision(3)) || 0)
}

/**
 * A markdown table, its columns aligned as formatters want them.
 * @param {string[][]} rows the first one is the head
 */
function table(rows) {
  const widths =
    rows[0]?.map((_, column) => Math.max(3, ...rows.map((row) => [...(row[column] ?? '')].length))) ?? []
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(rows[0] ?? []), rule, ...rows.slice(1).map(line)].join('\n')
}
