/** What runs once the launcher has a port, a lock and a build: database, gateway, portal, and their end. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { runCommand } from '@/lib/cli/command'
import { connect, type Database } from '@/lib/data/database'
import { serverState } from '@/lib/data/server-state'
import { type Demo, prepareDemo } from '@/lib/demo/demo'
import { type Env, env as readEnv } from '@/lib/env'
import { createGateway, type Gateway } from '@/lib/gateway/gateway'
import { newId } from '@/lib/id'
import { log } from '@/lib/log'
import { develop } from './develop'
import { drainServer } from './drain-server'
import { offerSetup } from './first-owner'
import { derive, type Keys, loadKeys } from './keys'
import { createListener, takeOver } from './listener'
import { portalEnvironment } from './portal-environment'
import { type Portal, startPortal } from './portal-process'
import { migrateOnly, prepareDatabase, type Urls, waitUntilMigrated } from './prepare-database'
import { portOf, publicUrl, warnOfOpenHost } from './public-url'
import { createShutdown, type Shutdown } from './shutdown'
import type { Terminal } from './terminal'

export type Start = {
  mode: 'start' | 'dev' | 'demo' | 'migrate'
  /** Listening already; null when only migrating. */
  server: Server | null
  releaseLock: () => void
  terminal: Terminal
}

/** Throws one line that names the first malformed variable, before anything slow is done. */
export function checkEnvironment() {
  const env = readEnv()
  if (env.ROLE === 'portal' && !env.DATABASE_URL) {
    throw new Error('ROLE=portal needs DATABASE_URL: the database that its gateways use')
  }
}

/** `npm run akcp -- …`; returns the exit code. */
export async function command(args: string[]): Promise<number> {
  return await runCommand(args, (line) => process.stdout.write(`${line}\n`))
}

export async function run({ mode, server, releaseLock, terminal }: Start): Promise<void> {
  const shutdown = createShutdown(terminal.say)
  shutdown.add('data lock', releaseLock)
  const fail = (error: unknown) => {
    terminal.complain(error)
    return shutdown.run(1)
  }
  process.on('uncaughtException', (error) => {
    log.fatal({ error: error.stack }, 'an error that nothing caught: stopping')
    void fail(error)
  })
  const starting = begin(mode, server, terminal, shutdown)
  shutdown.listen(starting)
  await starting.catch(fail)
  if (mode === 'migrate') await shutdown.run(0)
}

async function begin(mode: Start['mode'], server: Server | null, terminal: Terminal, shutdown: Shutdown) {
  const env = readEnv()
  if (!server) await migrateOnly(env, terminal, shutdown)
  else if (mode === 'dev') await develop(env, server, terminal, shutdown)
  else await serve(env, server, terminal, shutdown, mode === 'demo')
}

async function serve(
  env: Env,
  server: Server,
  terminal: Terminal,
  shutdown: Shutdown,
  isDemo: boolean,
): Promise<void> {
  const start = performance.now()
  warnOfOpenHost(env, terminal)
  const keys = loadKeys(env)
  const urls = await databaseFor(env, keys, terminal, shutdown)
  const port = portOf(server)
  const frontSecret = randomBytes(32).toString('base64url')
  const portal =
    env.ROLE === 'gateway' ? null : portalFor(env, port, keys, urls.portal, frontSecret, terminal)
  if (portal) shutdown.add('portal', (hurry) => portal.stop(hurry))
  const database = connect(urls.gateway, { name: `akcp-${env.ROLE}` })
  shutdown.add('database connections', () => database.close())
  const address = publicUrl(env, port)
  const gateway = env.ROLE === 'portal' ? null : await startGateway(env, keys, database, address, shutdown)
  const demo = isDemo ? await demoFor(env, keys, database, terminal, shutdown) : null
  const setup = await offerSetup(env, database, address)

  let starting = true
  const portalUrl = portal?.url ?? null
  const notReady = async () =>
    gateway
      ? [...(starting ? ['starting'] : []), ...gateway.notReady()]
      : await portalNotReady(portal, urls.portal)
  const listener = createListener({ env, address, frontSecret, gateway, portalUrl, notReady })
  const answering = takeOver(server, listener)
  const drainMs = env.DRAIN_SECONDS * 1000
  shutdown.add('calls in flight', (hurry) => drainServer({ server, answering, gateway, drainMs, hurry }))
  if (portal) await waitForPortal(portal, terminal)
  starting = false

  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  terminal.say(`ready in ${seconds} s: ${portal ? address : `${address}/api/v1 (ROLE=gateway: no portal)`}`)
  if (setup) terminal.say(setup)
  for (const line of demo?.begin(`http://127.0.0.1:${port}`) ?? []) terminal.say(line)
}

async function databaseFor(env: Env, keys: Keys, terminal: Terminal, shutdown: Shutdown): Promise<Urls> {
  if (keys.masterKey) return await prepareDatabase(env, keys.masterKey, terminal, shutdown)
  const url = env.DATABASE_URL ?? ''
  await waitUntilMigrated(url, terminal)
  return { gateway: url, portal: url }
}

function portalFor(
  env: Env,
  port: number,
  { pepper, sessionSecret }: Keys,
  databaseUrl: string,
  frontSecret: string,
  terminal: Terminal,
): Portal {
  const environment = portalEnvironment(env, port, { databaseUrl, pepper, sessionSecret, frontSecret })
  return startPortal(environment, terminal.say)
}

async function startGateway(
  env: Env,
  keys: Keys,
  database: Database,
  portalUrl: string,
  shutdown: Shutdown,
): Promise<Gateway> {
  const complete = { ...env, AKCP_MASTER_KEY: keys.masterKey ?? undefined, AKCP_APP_KEY_PEPPER: keys.pepper }
  const gateway = await createGateway({ env: complete, database, processId: newId(), portalUrl })
  gateway.startSchedule()
  shutdown.add('gateway', async () => {
    if (!(await gateway.stop()))
      throw new Error('the last calls wait in the journal: the next start with this DATA_DIR writes them')
  })
  return gateway
}

async function demoFor(
  { DATA_DIR }: Env,
  { pepper }: Keys,
  database: Database,
  terminal: Terminal,
  shutdown: Shutdown,
): Promise<Demo> {
  const password = derive(pepper, 'demo password').slice(0, 16)
  const { step } = terminal
  return await prepareDemo({ dataDir: DATA_DIR, database, pepper, password, step, onStop: shutdown.add })
}

async function waitForPortal(portal: Portal, terminal: Terminal) {
  const up = await terminal.step('starting the portal', () => portal.started)
  if (!up)
    terminal.say('warning: the portal does not start; calls to /api/v1 are served, and it is tried again')
}

async function portalNotReady(portal: Portal | null, databaseUrl: string): Promise<string[]> {
  const database = await serverState(databaseUrl)
  return [...(portal?.url() ? [] : ['starting']), ...(database === 'up' ? [] : ['database'])]
}
