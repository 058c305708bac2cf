/** `npm run demo`: simulated providers, a cast, its past, and calls that go on. */
import { hashPassword } from '@/lib/auth/password'
import type { Database } from '@/lib/data/database'
import { postHistory, readNames } from '@/lib/data/demo'
import { newId } from '@/lib/id'
import { windowAt } from '@/lib/limits/windows'
import { emailOf, roles, timeZone } from './cast'
import { writeHistory } from './history'
import { connectKeys, demoAppKey, writeCast } from './registry'
import { startSimulator } from './simulator'
import { startTrickle } from './trickle'

export type DemoOptions = {
  dataDir: string
  database: Database
  pepper: Buffer
  password: string
  step: <Result>(text: string, work: () => Promise<Result>) => Promise<Result>
  onStop(name: string, undo: () => Promise<void>): void
}

export type Demo = {
  /** Begins to make calls; what is to be printed. */
  begin(address: string): string[]
}

/** Fills the database, which a gateway has prepared, and starts the simulated providers. */
export async function prepareDemo(options: DemoOptions): Promise<Demo> {
  const { dataDir, database, pepper, password, step, onStop } = options
  const simulator = await step('starting the simulated providers', () => startSimulator(dataDir))
  onStop('simulated providers', simulator.stop)
  await step('writing simulated keys, pools, apps and thirty days of calls', async () => {
    const passwordHash = await hashPassword(password)
    await writeCast(database, { pepper, passwordHash, baseUrl: simulator.baseUrl })
    await connectKeys(database, simulator.baseUrl)
    await writeHistory(database, await readNames(database.db), newId())
    const now = Date.now()
    await postHistory(database, [windowAt('day', now, timeZone), windowAt('month', now, timeZone)])
  })
  return {
    begin(address) {
      onStop(
        'simulated calls',
        startTrickle(address, (app) => demoAppKey(pepper, app).rawKey),
      )
      return [
        'demo: everything in it is simulated; no provider is called and nothing costs money',
        `sign in as ${roles.map(emailOf).join(', ')}`,
        `password for all of them: ${password}`,
        `its data is in ${dataDir}; to remove it: npm run demo -- --reset`,
      ]
    },
  }
}
