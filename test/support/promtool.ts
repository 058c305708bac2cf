/** Prometheus's own tools, where they are installed: what they think of our metrics, rules and queries. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@/lib/server/free-port'

export const hasPrometheus = ['promtool', 'prometheus'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
)
if (!hasPrometheus)
  console.warn(
    'SKIPPED: there is no promtool here (Debian: apt-get install --no-install-recommends prometheus)',
  )

/** Its exit code and everything it printed. */
export function promtool(args: string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

export type Prometheus = {
  /** What a query answers now: one entry a series. Throws when it is not a query. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]>
  stop(): Promise<void>
}

/** A server of the test's own; `config` is a `prometheus.yml`. */
export async function startPrometheus(config: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-prometheus-'))
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, config)
  const address = `127.0.0.1:${await freePort()}`
  const storage = [`--storage.tsdb.path=${join(folder, 'data')}`, '--storage.tsdb.retention.time=1h']
  const args = [`--config.file=${file}`, `--web.listen-address=${address}`, ...storage]
  const child = spawn('prometheus', args, { stdio: 'ignore' })
  const stop = async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  for (let tries = 0; !(await isReady(address)); tries++) {
    if (tries > 200 || child.exitCode !== null) {
      await stop()
      throw new Error('Prometheus does not start')
    }
    await sleep(50)
  }
  return {
    async query(expression) {
      const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`)
      const answer = await response.json()
      if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`)
      return answer.data.result
    },
    stop,
  }
}

async function isReady(address: string): Promise<boolean> {
  return await fetch(`http://${address}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
