/**
 * The gateway behind its other door, `app/api/v1/[...path]/route.ts`, as functions run it: Next alone, on the database
 * and with the registry of the gateway that is measured beside it. Each call's row is awaited.
 */
import { cpuOf, familyOf, freePort, memoryOf, pin, startProgram } from '../programs.mjs'
import { environmentFor } from './gateway.mjs'

export async function startNextDoor(upstreamPort, gateway) {
  const port = await freePort()
  const { pid } = await startProgram({
    name: 'the Next door',
    args: ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', String(port)],
    env: {
      ...environmentFor(upstreamPort),
      DATABASE_URL: gateway.databaseUrl,
      NEXT_TELEMETRY_DISABLED: '1',
      __NEXT_PROCESSED_ENV: 'true', // Next would read a .env.
    },
    port,
    readyPath: '/api/ready',
    stdout: gateway.log,
  })
  pin(familyOf(pid), 'target')
  return {
    name: 'Next door',
    port,
    path: '/api/v1/chat/completions',
    headers: {},
    share: 0.2,
    ledger: gateway.ledger,
    cpu: () => cpuOf(familyOf(pid)),
    memory: () => memoryOf(pid),
  }
}
