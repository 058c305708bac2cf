import { fork } from 'node:child_process'

/** What the provider does with a call; without any of these it answers at once with one token. */
export type Plan = {
  /** Before anything is sent. */
  waitMs?: number
  /** Never a first byte. */
  hang?: true
  /** Breaks the connection off before the first byte. */
  reset?: true
  /** An answer that is not a stream. */
  status?: number
  headers?: Record<string, string>
  text?: string
  /** Of a stream: how many events, how far apart, how large, and what follows them. */
  chunks?: number
  everyMs?: number
  bytes?: number
  end?: 'done' | 'no usage' | 'reset' | 'garbage' | 'hang'
}

/** One call as the provider saw it; `cut`: closed by the gateway before all was sent. */
export type Served = {
  /** The id of the ledger row, which each attempt carries. */
  id: string
  secret: string
  /** Milliseconds since the epoch. */
  startedAt: number
  endedAt: number | null
  chunks: number
  bytes: number
  /** How long the gateway kept it from sending. */
  waitedMs: number
  end: 'open' | 'finished' | 'cut'
}

export const inputTokens = 10

export type PlannedUpstream = Awaited<ReturnType<typeof startPlannedUpstream>>

/** Starts the provider process; `baseUrl` ends in `/v1`. It dies with the test process. */
export async function startPlannedUpstream() {
  const child = fork(new URL('./planned-upstream-process.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { url: string }) => resolve(message.url))
    child.once('exit', (code) => reject(new Error(`the upstream ended with code ${code}`)))
  })
  let nextId = 0
  type State = { id: number; served: Served[]; sockets: number }
  function ask(question: { plans?: Record<string, Plan>; clear?: boolean }): Promise<State> {
    const id = nextId++
    return new Promise((resolve) => {
      const listen = (answer: State) => {
        if (answer.id !== id) return
        child.off('message', listen)
        resolve(answer)
      }
      child.on('message', listen)
      child.send({ id, ...question })
    })
  }
  return {
    baseUrl: `${url}/v1`,
    /** `host:port`, as `AKCP_ALLOW_PRIVATE_ORIGINS` takes it. */
    origin: new URL(url).host,
    /** What every call with one of these provider keys gets from now on, whatever the call asks for. */
    plan: (plans: Record<string, Plan>) => ask({ plans }),
    served: async () => (await ask({})).served,
    /** How many connections to it are open. */
    sockets: async () => (await ask({})).sockets,
    /** Forgets plans and journal. */
    reset: () => ask({ clear: true }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await gone
    },
  }
}
