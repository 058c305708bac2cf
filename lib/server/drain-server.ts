import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from '@/lib/gateway/gateway'

/** For answers of the portal that are still on their way once the gateway has drained. */
const portalGraceMs = 5000

export type Drain = {
  server: Server
  /** How many requests are being answered. */
  answering: () => number
  gateway: Gateway | null
  drainMs: number
  /** Aborted, it cuts off what is left. */
  hurry: AbortSignal
}

/**
 * Lets calls end. Meanwhile new ones are told so with 503, and load balancers by `/api/ready`; then no connection is
 * taken any more, and none is waited for that only is open.
 */
export async function drainServer({ server, answering, gateway, drainMs, hurry }: Drain) {
  const hurried = new Promise((resolve) => hurry.addEventListener('abort', resolve, { once: true }))
  await Promise.race([gateway?.drain(drainMs), hurried])
  server.close()
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = Date.now() + portalGraceMs
  while (answering() > 0 && Date.now() < deadline && !hurry.aborted) await sleep(25)
  clearInterval(idle)
  server.closeAllConnections()
}
