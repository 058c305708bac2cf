/** A way to a TCP server on which every connection breaks, in both directions, after a random number of bytes. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type CuttingProxy = Awaited<ReturnType<typeof startCuttingProxy>>

type Options = {
  port: number
  random: () => number
  /** Bytes that a connection lives, evenly spread over the orders of magnitude between these. */
  fewest: number
  most: number
}

export async function startCuttingProxy({ port, random, fewest, most }: Options) {
  const state = { cutting: false, cuts: 0, connections: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    state.connections++
    const target = connect(port, '127.0.0.1')
    let left = Math.round(fewest * (most / fewest) ** random())
    const end = () => {
      client.resetAndDestroy()
      target.resetAndDestroy()
    }
    const pass = (to: Socket) => (bytes: Buffer) => {
      if (state.cutting && bytes.length >= left) {
        state.cuts++
        // What comes before the break arrives.
        to.write(bytes.subarray(0, left), end)
        left = Number.POSITIVE_INFINITY
        client.pause()
        target.pause()
        return
      }
      if (state.cutting) left -= bytes.length
      to.write(bytes)
    }
    client.on('data', pass(target))
    target.on('data', pass(client))
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.setNoDelay().on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        target.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    /** Set `cutting` to begin and end it; connections that are open then count as well. */
    state,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
