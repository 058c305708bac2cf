import { Redis } from '@upstash/redis'
import { giveBackScript, probeCall, type RateStore, type Script, type ScriptCall } from './rate-script'

/** An answer that takes longer than this is of no use to anybody. */
const requestMs = 2000

/** `UPSTASH_REDIS_REST_URL`: Redis over HTTP. A script runs once: nothing is tried again. */
export function upstashStore(url: string, token: string): RateStore {
  const redis = new Redis({
    url,
    token,
    retry: { retries: 0 },
    enableTelemetry: false,
    enableAutoPipelining: false,
    automaticDeserialization: false,
    responseEncoding: false,
    signal: () => AbortSignal.timeout(requestMs),
  })
  const run = async (script: Script, { keys, args }: ScriptCall) => {
    try {
      return await redis.evalsha<ScriptCall['args'], number[]>(script.sha, keys, args)
    } catch (error) {
      if (!String(error).includes('NOSCRIPT')) throw error
      return await redis.eval<ScriptCall['args'], number[]>(script.lua, keys, args)
    }
  }
  return {
    kind: 'upstash',
    onLost() {},
    // The first call opens the connection that the next ones use.
    async connect() {
      await run(giveBackScript, probeCall)
    },
    run,
    close() {},
  }
}
