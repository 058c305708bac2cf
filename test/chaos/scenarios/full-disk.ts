/**
 * Row 14: the disk of the journal fills up under load, and has room again, several times. The disk has ten megabytes;
 * where none can be mounted, it is a limit on the size of the files that the gateway may write.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { expect } from 'vitest'
import type { Figures } from '../../support/chaos-report'
import {
  type CrashingGateway,
  call,
  ledgerFaults,
  load,
  noFaults,
  servedIds,
  untilFolded,
} from '../../support/crashing-gateway'
import { onStage } from './stage'

type Disk = {
  kind: string
  dataDir: string | undefined
  fill(pid: number): void
  free(pid: number): void
  remove(): void
}

export const hasSmallDisk = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0
if (!hasSmallDisk) console.warn('SKIPPED: a full disk can only be played on Linux with prlimit')

function mountedDisk(): Disk | null {
  if (process.getuid?.() !== 0) return null
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-disk-'))
  const ballast = join(folder, 'ballast')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return null
  }
  return {
    kind: 'tmpfs of 10 MB',
    dataDir: join(folder, 'data'),
    fill: () => fill(ballast),
    free: () => rmSync(ballast),
    remove: () => execFileSync('umount', [folder]),
  }
}

function limitedDisk(): Disk {
  const limit = (pid: number, bytes: string) =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`], { stdio: 'ignore' })
  return {
    kind: 'RLIMIT_FSIZE of 0',
    dataDir: undefined,
    fill: (pid) => limit(pid, '0'),
    free: (pid) => limit(pid, 'unlimited'),
    remove() {},
  }
}

function fill(file: string): void {
  const chunk = Buffer.alloc(4096)
  try {
    for (let n = 0; n < 10_000; n++) writeFileSync(file, chunk, { flag: 'a' })
  } catch {
    return
  }
  throw new Error('the disk did not fill up')
}

export async function fullDisk({ rounds }: { rounds: number }): Promise<Figures> {
  const disk = mountedDisk() ?? limitedDisk()
  try {
    return await fillAndFree(disk, rounds)
  } finally {
    disk.remove()
  }
}

async function fillAndFree(disk: Disk, rounds: number): Promise<Figures> {
  return await onStage({ ...(disk.dataDir && { dataDir: disk.dataDir }) }, async ({ upstream, gateway }) => {
    const pid = gateway.running.process.pid ?? 0
    const pool = new Pool(gateway.address, { connections: 20 })
    const figures = { rounds, disk: disk.kind, refused: 0, refusedButServed: 0, slowestBackMs: 0 }
    let over = false
    const loading = load(gateway.address, gateway.rawKey, 20, () => over, 50)
    for (let round = 0; round < rounds; round++) {
      // Calls that are under way when the disk is full end, and are recorded.
      const begun = Promise.all(Array.from({ length: 10 }, () => call(pool, gateway.rawKey, true)))
      await sleep(500)
      disk.fill(pid)
      const refused = await refusals(gateway, pool)
      const served = await servedIds(upstream)
      figures.refused += refused.length
      figures.refusedButServed += refused.filter((id) => served.has(id)).length
      expect((await begun).filter(({ whole }) => !whole)).toEqual([])
      disk.free(pid)
      figures.slowestBackMs = Math.max(figures.slowestBackMs, await untilServed(gateway, pool))
    }
    over = true
    const seen = await loading
    await untilFolded(gateway.address)
    await sleep(500)
    expect(figures.refusedButServed).toBe(0)
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200, 503]))
    const { faults, rows, served } = await ledgerFaults(gateway, upstream, seen)
    expect(faults).toEqual(noFaults)
    await pool.destroy()
    return { ...figures, served: served.size, rows: rows.size, lost: 0 }
  })
}

/** Calls until 20 have been refused; returns their ids. */
async function refusals({ rawKey }: CrashingGateway, pool: Pool): Promise<string[]> {
  const refused: string[] = []
  for (let n = 0; n < 300 && refused.length < 20; n++) {
    const { status, id } = await call(pool, rawKey, false)
    if (status === 200) continue
    expect(status).toBe(503)
    refused.push(id)
  }
  expect(refused).toHaveLength(20)
  return refused
}

async function untilServed({ rawKey }: CrashingGateway, pool: Pool): Promise<number> {
  const freedAt = Date.now()
  while ((await call(pool, rawKey, false)).status !== 200) {
    expect(Date.now() - freedAt).toBeLessThan(5000)
    await sleep(100)
  }
  return Date.now() - freedAt
}
