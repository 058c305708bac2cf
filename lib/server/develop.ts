/** `npm run dev`: the database, then `next dev` on the public port, which serves the gateway's paths too. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect } from '@/lib/data/database'
import { type Env, environmentWith } from '@/lib/env'
import { offerSetup } from './first-owner'
import { loadKeys } from './keys'
import { prepareDatabase } from './prepare-database'
import { portOf, publicUrl } from './public-url'
import type { Shutdown } from './shutdown'
import type { Terminal } from './terminal'

export async function develop(
  env: Env,
  server: Server,
  terminal: Terminal,
  shutdown: Shutdown,
): Promise<void> {
  const keys = loadKeys(env)
  if (!keys.masterKey) throw new Error('npm run dev runs gateway and portal in one: remove ROLE=portal')
  const urls = await prepareDatabase(env, keys.masterKey, terminal, shutdown)
  const port = portOf(server)
  const database = connect(urls.gateway, { max: 1, name: 'akcp start' })
  const setup = await offerSetup(env, database, publicUrl(env, port)).finally(() => database.close())
  if (setup) terminal.say(setup)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  const next = spawn(
    process.execPath,
    ['node_modules/next/dist/bin/next', 'dev', '-H', env.HOST, '-p', String(port)],
    {
      stdio: 'inherit',
      env: environmentWith({
        NODE_ENV: 'development',
        DATABASE_URL: urls.gateway,
        AKCP_MASTER_KEY: keys.masterKey.toString('base64'),
        AKCP_APP_KEY_PEPPER: keys.pepper.toString('base64'),
        NEXTAUTH_SECRET: keys.sessionSecret,
        AUTH_TRUST_HOST: '1',
        NEXT_TELEMETRY_DISABLED: '1',
        // Next would otherwise read .env again.
        __NEXT_PROCESSED_ENV: 'true',
      }),
    },
  )
  const exit = once(next, 'exit')
  exit.then(([code]) => shutdown.run(code ?? 0))
  shutdown.add('next dev', () => {
    next.kill('SIGTERM')
    return exit
  })
}
