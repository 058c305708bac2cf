/** Starts and leads processes of `budget-process.ts`. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { newId } from '@/lib/id'
import type { Answer, Burst, Start, Told } from './budget-process'

export type BudgetProcess = {
  processId: string
  child: ChildProcess
  /** Resolves with what came of the calls; rejects when the process dies. */
  burst(burst: Omit<Burst, 'kind'>): Promise<Extract<Answer, { kind: 'done' }>>
  /** Ends in order: everything written, everything given back. */
  stop(): Promise<void>
}

/** Bundles the program once; `start` forks it. */
export async function budgetProgram(url: string, idleMs = 30_000) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  // Inside the package, so that it finds node_modules.
  const outfile = `${root}dist/test-${randomBytes(6).toString('hex')}.mjs`
  await build({
    entryPoints: [`${root}test/support/budget-process.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  const children: ChildProcess[] = []
  return {
    async start(): Promise<BudgetProcess> {
      const start: Start = { url, processId: newId(), idleMs }
      const child = fork(outfile, [JSON.stringify(start)], { env: { ...process.env, LOG_LEVEL: 'error' } })
      children.push(child)
      await answer(child, 'ready')
      return lead(child, start.processId)
    },
    async clean() {
      for (const child of children) child.kill('SIGKILL')
      await rm(outfile, { force: true })
    },
  }
}

function lead(child: ChildProcess, processId: string): BudgetProcess {
  const ask = async <Kind extends Answer['kind']>(told: Told, kind: Kind) => {
    const answered = answer(child, kind)
    child.send(told)
    return await answered
  }
  return {
    processId,
    child,
    burst: (burst) => ask({ kind: 'burst', ...burst }, 'done'),
    async stop() {
      await ask({ kind: 'stop' }, 'stopped')
    },
  }
}

function answer<Kind extends Answer['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<Answer, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const hear = (message: Answer) => {
      if (message.kind !== kind) return
      child.off('message', hear)
      child.off('exit', die)
      resolve(message as Extract<Answer, { kind: Kind }>)
    }
    const die = () => reject(new Error(`the process ended before it was ${kind}`))
    child.on('message', hear)
    child.on('exit', die)
  })
}
