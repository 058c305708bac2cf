import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export type Simulator = { baseUrl: string; stop(): Promise<void> }

/** Starts the simulated providers, on the port they had last time when it is free. */
export async function startSimulator(dataDir: string): Promise<Simulator> {
  const file = join(dataDir, 'simulator.port')
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  const simulator = (last > 0 && (await start(last, 'ignore'))) || (await start(0, 'inherit'))
  if (!simulator) throw new Error('the simulated providers did not start; what they printed is above')
  writeFileSync(file, String(simulator.port))
  return { baseUrl: `http://127.0.0.1:${simulator.port}/v1`, stop: simulator.stop }
}

async function start(port: number, errors: 'ignore' | 'inherit') {
  const child = fork(resolve('lib/demo/simulator.mjs'), [String(port)], {
    stdio: ['ignore', 'ignore', errors, 'ipc'],
  })
  const exit = once(child, 'exit')
  const listening = await Promise.race([once(child, 'message'), exit.then(() => null)])
  if (!listening) return null
  const [message]: { port: number }[] = listening
  return {
    port: message?.port ?? 0,
    async stop() {
      child.disconnect()
      await exit
    },
  }
}
