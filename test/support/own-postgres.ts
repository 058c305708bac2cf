/** A PostgreSQL of one test's own, behind an address that stays: it can be stopped, started again and frozen. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from '@/lib/data/migrate'
import { prepareEmbedded } from '@/lib/data/roles'
import { startEmbeddedPostgres } from '@/lib/server/embedded-postgres'
import { postmaster } from './embedded-database'
import { familyOf, living } from './processes'

export type OwnPostgres = Awaited<ReturnType<typeof startOwnPostgres>>

export async function startOwnPostgres() {
  const folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-postgres-'))
  await chmod(folder, 0o755) // PostgreSQL runs as another user when the tests run as root.
  let server = await startEmbeddedPostgres(folder, () => {})
  let frozen: number[] = []
  const door = await openDoor(() => (frozen.length > 0 ? 0 : postmaster(folder).port))
  const throughDoor = (url: string) => Object.assign(new URL(url), { port: String(door.port) }).href
  const urls = await prepareEmbedded(server.adminUrl, { gateway: 'gateway', portal: 'portal' })
  await migrate(urls.gateway)
  const thaw = () => {
    for (const pid of frozen) send(pid, 'SIGCONT')
    frozen = []
  }
  return {
    gatewayUrl: throughDoor(urls.gateway),
    /** Connections break, and new ones are refused. */
    stop: () => server.stop(),
    /** As `stop`, without a checkpoint: what was not yet in the tables is recovered at the start. */
    async stopAtOnce() {
      const { pid } = postmaster(folder)
      send(pid, 'SIGQUIT')
      while (living([pid]).length > 0) await sleep(25)
    },
    async start() {
      server = await startEmbeddedPostgres(folder, () => {})
    },
    /** Connections stay open, and nothing answers any more. */
    freeze() {
      frozen = familyOf(postmaster(folder).pid)
      for (const pid of frozen) send(pid, 'SIGSTOP')
    },
    thaw,
    async remove() {
      thaw()
      door.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Passes connections on to the port of the moment; 0: takes them and lets them wait. */
async function openDoor(portNow: () => number) {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('close', () => sockets.delete(client)).on('error', () => {})
    let port = 0
    try {
      port = portNow()
    } catch {
      return client.resetAndDestroy()
    }
    // While PostgreSQL writes its pid file, the port is not there yet.
    if (Number.isNaN(port)) return client.resetAndDestroy()
    if (port === 0) return
    const database = connect(port, '127.0.0.1')
    database.on('error', () => client.resetAndDestroy()).on('close', () => client.destroy())
    client.on('close', () => database.destroy())
    client.pipe(database).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}
