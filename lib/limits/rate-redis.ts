import { Redis } from 'ioredis'
import type { RateStore, Script, ScriptCall } from './rate-script'

/** `REDIS_URL`: one server. Nothing is queued or sent twice: a call that Redis misses is decided by the process. */
export function redisStore(url: string): RateStore {
  let redis: Redis | null = null
  /** Why this connection does not work: a command sent on it only says that it does not. */
  let failure: Error | null = null
  let tellLost: (error: Error) => void = () => {}

  const make = () => {
    const made = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: 2000,
      disconnectTimeout: 100,
      connectionName: 'akcp-limits',
    })
    made.on('error', (error: Error) => {
      if (redis === made) failure = error
    })
    made.on('close', () => {
      if (redis === made) tellLost(failure ?? new Error('the connection was closed'))
    })
    return made
  }
  const close = () => {
    const old = redis
    redis = null
    old?.disconnect()
  }

  return {
    kind: 'redis',
    onLost(listener) {
      tellLost = listener
    },
    async connect() {
      close()
      failure = null
      redis = make()
      await redis.connect()
    },
    async run(script: Script, { keys, args }: ScriptCall): Promise<number[]> {
      if (!redis) throw new Error('not connected')
      const connection = redis
      try {
        return (await connection.evalsha(script.sha, keys.length, ...keys, ...args)) as number[]
      } catch (error) {
        if (!String(error).includes('NOSCRIPT')) throw failure ?? error
        return (await connection.eval(script.lua, keys.length, ...keys, ...args)) as number[]
      }
    },
    close,
  }
}
