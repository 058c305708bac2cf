import { fork } from 'node:child_process'
import type { FixtureFileEntry, JournalEntry } from '@copilotkit/aimock'

/** Strikes calls that carry `secret` (any call without it), `times` times (for good without it). */
export type Fault = { secret?: string; times?: number } & (
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { hang: true }
  /** Answers, but late. */
  | { delayMs: number }
  | { reset: true }
)

/** How one call went on the wire; `cut` means that one side closed it before the answer was complete. */
export type Connection = {
  path: string
  secret: string
  headers: Record<string, string>
  startedAt: number
  endedAt: number | null
  end: 'open' | 'finished' | 'cut'
}

export type Upstream = Awaited<ReturnType<typeof startUpstream>>

/** Starts the provider process; `baseUrl` ends in `/v1`. It dies with the test process. */
export async function startUpstream() {
  const child = fork(new URL('./upstream-process.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { url: string }) => resolve(message.url))
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`the upstream ended with code ${code} before it was listening`)),
    )
  })
  let nextId = 0

  function ask(question: { faults?: Fault[]; clear?: boolean }): Promise<Connection[]> {
    const id = nextId++
    return new Promise((resolve) => {
      const listen = (answer: { id: number; connections: Connection[] }) => {
        if (answer.id !== id) return
        child.off('message', listen)
        resolve(answer.connections)
      }
      child.on('message', listen)
      child.send({ id, ...question })
    })
  }

  async function control(method: string, path: string, body?: unknown) {
    const response = await fetch(`${url}/__aimock${path}`, {
      method,
      body: body ? JSON.stringify(body) : undefined,
    })
    if (!response.ok) throw new Error(`aimock answered ${response.status}: ${await response.text()}`)
    return response.json()
  }

  return {
    baseUrl: `${url}/v1`,
    /** `host:port`, as `AKCP_ALLOW_PRIVATE_ORIGINS` takes it. */
    origin: new URL(url).host,
    /** Answers of a test's own, for models named `custom-…`; `truncateAfterChunks` cuts a stream in the middle. */
    add: (...fixtures: FixtureFileEntry[]) => control('POST', '/fixtures', { fixtures }),
    /** Replaces the faults in force; without arguments there are none. */
    fault: (...faults: Fault[]) => ask({ faults }),
    connections: () => ask({}),
    /** What aimock served: path, headers, body, status. Faults and embeddings are in `connections` only. */
    journal: (): Promise<JournalEntry[]> => control('GET', '/journal?limit=1000'),
    /** Forgets faults, connections and journal, keeps fixtures. */
    async reset() {
      await ask({ faults: [], clear: true })
      await control('POST', '/reset/journal')
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await gone
    },
  }
}
