import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Redis } from 'ioredis'
import { freePort } from '@/lib/server/free-port'

const root = fileURLToPath(new URL('../..', import.meta.url))

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis) console.warn('SKIPPED: there is no redis-server here (Debian: apt-get install redis-server)')

export type RedisServer = {
  url: string
  port: number
  /** SIGKILL, SIGSTOP (hangs) and SIGCONT; resolves when a killed one has ended. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
  stop(): Promise<void>
}

/** A redis-server of this test's own that keeps nothing on disk. */
export async function startRedis(settings: string[] = [], port?: number): Promise<RedisServer> {
  const listening = port ?? (await freePort())
  const inMemory = ['--save', '', '--appendonly', 'no', '--dir', process.env.TEST_FOLDER ?? '/tmp']
  const args = ['--port', String(listening), '--bind', '127.0.0.1', ...inMemory, ...settings]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const url = `redis://127.0.0.1:${listening}`
  await untilReachable(listening)
  return {
    url,
    port: listening,
    async signal(signal) {
      child.kill(signal)
      if (signal === 'SIGKILL') await ended(child)
    },
    async stop() {
      child.kill('SIGKILL')
      await ended(child)
    },
  }
}

export const upstashToken = 'a-token-for-tests'

/** Upstash's HTTP interface in front of a Redis. */
export async function startUpstash(redisUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const program = join(root, 'node_modules/@humanwhocodes/upstash-redis-server/dist/server.js')
  const child = spawn(process.execPath, [program], {
    stdio: 'ignore',
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      URS_TOKEN: upstashToken,
      PORT: String(port),
      REDIS_URL: redisUrl,
    },
  })
  await untilReachable(port)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL')
      await ended(child)
    },
  }
}

export type Delay = { url: string; ms: number; stop(): void }

/** A way to a Redis on which every answer is late by `ms`, which may be changed at any time. */
export async function startDelay(port: number): Promise<Delay> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (data) => setTimeout(() => client.writable && client.write(data), delay.ms))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const delay: Delay = {
    url: `redis://127.0.0.1:${address.port}`,
    ms: 0,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return delay
}

const ageScript = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key) - ARGV[1]
  if left <= 0 then
    redis.call('DEL', key)
  else
    if redis.call('TYPE', key).ok == 'hash' then
      redis.call('HINCRBY', key, 'at', -ARGV[1])
    else
      for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ARGV[1], member) end
    end
    redis.call('PEXPIRE', key, left)
  end
end
return {}`

/** As if `ms` had passed: everything that the rate limits have written is that much older. */
export async function passTime(redis: Redis, ms: number): Promise<void> {
  await redis.eval(ageScript, 0, ms)
}

async function untilReachable(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1')
    const reached = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (reached) return
    await sleep(25)
  }
  throw new Error(`nothing listens on port ${port}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
