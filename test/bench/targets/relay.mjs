/** The bare relays: what a call costs when nothing is done with it. */
import { cpuOf, memoryOf, startChild } from '../programs.mjs'

/** `way`: `request` or `dispatch`, of undici. */
export async function startRelay(way, upstreamPort) {
  const { child, port } = await startChild(
    'relay-program.mjs',
    [`http://127.0.0.1:${upstreamPort}`, way],
    'target',
  )
  return {
    name: `${way} relay`,
    port,
    path: '/v1/chat/completions',
    headers: {},
    cpu: () => cpuOf([child.pid]),
    memory: () => memoryOf(child.pid),
  }
}
