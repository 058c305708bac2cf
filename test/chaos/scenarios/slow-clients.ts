/** Rows 10 and 11: clients that hardly read, and clients that hardly write. */
import { execFileSync } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { expect } from 'vitest'
import { type Figures, percentile, round } from '../../support/chaos-report'
import {
  type CrashingGateway,
  call,
  ledgerFaults,
  noFaults,
  untilFolded,
} from '../../support/crashing-gateway'
import { onStage } from './stage'

type SlowReaders = { readers: number; megabytes: number; watchMs: number; untilCut: boolean }

export async function slowReaders({ readers, megabytes, watchMs, untilCut }: SlowReaders): Promise<Figures> {
  const bytes = 16 * 1024
  const plan = { chunks: (megabytes * 1024 ** 2) / bytes, bytes }
  const provider = { firstByteTimeoutMs: 60_000, idleTimeoutMs: 60_000, totalTimeoutMs: 600_000 }
  return await onStage({ provider }, async ({ upstream, gateway }) => {
    const pid = gateway.running.process.pid ?? 0
    const pool = new Pool(gateway.address)
    for (let n = 0; n < 200; n++) await call(pool, gateway.freeKey, false)
    const before = rssOf(pid)
    const startedAt = Date.now()
    const sockets = Array.from({ length: readers }, () => slowRead(gateway, plan))
    let peak = before
    // A client that hardly reads hears of its end late: the provider is asked.
    const streams = async () => (await upstream.served()).filter(({ bytes }) => bytes > 1000)
    const cutOff = async () => (await streams()).filter(({ end }) => end === 'cut')
    while (Date.now() - startedAt < watchMs && !(untilCut && (await cutOff()).length === readers)) {
      await sleep(250)
      peak = Math.max(peak, rssOf(pid))
    }
    const cut = await cutOff()
    const cutMs = cut.map(({ endedAt, startedAt }) => (endedAt ?? 0) - startedAt)
    const served = await streams()
    for (const socket of sockets) socket.destroy()
    const figures: Figures = {
      readers,
      rssBeforeMb: round(before),
      rssGrowthMb: round(peak - before),
      sentMbMost: round(Math.max(...served.map(({ bytes }) => bytes)) / 1024 ** 2),
      unfinished: served.filter(({ end }) => end !== 'finished').length,
      cut: cut.length,
    }
    if (untilCut) {
      figures.firstCutMs = Math.min(...cutMs)
      figures.lastCutMs = Math.max(...cutMs)
      expect(figures.firstCutMs).toBeGreaterThan(29_000)
    }
    expect(figures.rssGrowthMb).toBeLessThan(100)
    expect(figures.unfinished).toBe(readers)
    expect(cut).toHaveLength(untilCut ? readers : 0)
    // Others are served as ever.
    for (let n = 0; n < 20; n++) expect((await call(pool, gateway.freeKey, false)).status).toBe(200)
    await pool.destroy()
    await sleep(1500)
    await untilFolded(gateway.address)
    const { faults, rows } = await ledgerFaults(gateway, upstream)
    expect(faults).toEqual(noFaults)
    const closed = [...rows.values()].filter(({ outcome }) => outcome === 'client_closed').length
    expect(closed).toBe(readers)
    return { ...figures, rows: closed }
  })
}

/** A client on a bad line: a kilobyte a second. */
function slowRead({ address, rawKey }: CrashingGateway, plan: object): Socket {
  const { hostname, port, host } = new URL(address)
  const socket = connect({ host: hostname, port: Number(port) })
  const messages = [{ role: 'user', content: 'hello' }]
  const body = JSON.stringify({ model: 'gpt-4o', stream: true, max_tokens: 200, messages, plan })
  const head = [
    'POST /api/v1/chat/completions HTTP/1.1',
    `host: ${host}`,
    `authorization: Bearer ${rawKey}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.on('error', () => {})
  // With a listener for `readable`, and not for `data`, only what is read leaves the socket's buffer.
  socket.on('readable', () => {})
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  const reading = setInterval(() => socket.read(1024), 1000)
  socket.on('close', () => clearInterval(reading))
  return socket
}

/** Megabytes. */
function rssOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
}

type Slowloris = { sockets: number; byteEveryMs: number; idleMs: number | null }

export async function slowloris({ sockets, byteEveryMs, idleMs }: Slowloris): Promise<Figures> {
  return await onStage({}, async ({ gateway }) => {
    const pool = new Pool(gateway.address, { connections: 4 })
    const kept = idleMs === null ? null : await keptAlive(gateway.address)
    await latencies(gateway, pool, 300)
    const before = await latencies(gateway, pool, 600)
    const openedAt = Date.now()
    const closedAfter: number[] = []
    const attackers = Array.from({ length: sockets }, () =>
      trickle(gateway.address, byteEveryMs, () => closedAfter.push(Date.now() - openedAt)),
    )
    await sleep(500)
    const during = await latencies(gateway, pool, 600)
    while (closedAfter.length < sockets && Date.now() - openedAt < 25_000) await sleep(50)
    for (const attacker of attackers) attacker.destroy()
    if (kept && idleMs !== null) {
      await sleep(Math.max(0, idleMs - (Date.now() - openedAt)))
      expect(await kept()).toBe(200)
    }
    await pool.destroy()
    const figures = {
      sockets,
      closed: closedAfter.length,
      firstClosedMs: Math.min(...closedAfter),
      lastClosedMs: Math.max(...closedAfter),
      p99BeforeMs: percentile(before, 0.99),
      p99DuringMs: percentile(during, 0.99),
    }
    expect(figures.closed).toBe(sockets)
    expect(figures.lastClosedMs).toBeLessThan(20_500)
    expect(figures.p99DuringMs).toBeLessThan(Math.max(2 * figures.p99BeforeMs, 20))
    return figures
  })
}

/** One byte of a header at a time. */
function trickle(address: string, everyMs: number, onClose: () => void): Socket {
  const { hostname, port } = new URL(address)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {}).resume()
  socket.write('POST /api/v1/chat/completions HTTP/1.1\r\nhost: slow\r\nx-slow: ')
  const writing = setInterval(() => socket.writable && socket.write('x'), everyMs)
  socket.once('close', () => {
    clearInterval(writing)
    onClose()
  })
  return socket
}

/** A connection that has served one request; what is returned makes the next one on it. */
async function keptAlive(address: string): Promise<() => Promise<number>> {
  const pool = new Pool(address, { connections: 1, keepAliveTimeout: 65_000, keepAliveMaxTimeout: 70_000 })
  let connected = 0
  pool.on('connect', () => connected++)
  const ask = async () => {
    const { statusCode, body } = await pool.request({ path: '/api/health', method: 'GET' })
    await body.dump()
    return statusCode
  }
  await ask()
  return async () => {
    const status = await ask()
    await pool.destroy()
    return connected === 1 ? status : 0
  }
}

async function latencies({ freeKey }: CrashingGateway, pool: Pool, calls: number): Promise<number[]> {
  const times: number[] = []
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let n = 0; n < calls / 4; n++) {
        const { status, ms } = await call(pool, freeKey, false)
        expect(status).toBe(200)
        times.push(ms)
      }
    }),
  )
  return times
}
