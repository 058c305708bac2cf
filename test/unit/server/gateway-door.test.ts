import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { replyTo } from '@/lib/server/gateway-door'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function newResponse() {
  const socket = new Socket().on('error', () => {})
  const response = new ServerResponse(new IncomingMessage(socket))
  response.assignSocket(socket)
  return { response, socket }
}

it('cuts off a client that takes nothing for half a minute', () => {
  const { response, socket } = newResponse()
  replyTo(response).onDrain(() => {})
  vi.advanceTimersByTime(29_999)
  expect(socket.destroyed).toBe(false)
  vi.advanceTimersByTime(1)
  expect(socket.destroyed).toBe(true)
})

it('goes on for one that takes something, however slowly', () => {
  const { response, socket } = newResponse()
  const reply = replyTo(response)
  let drains = 0
  for (let n = 0; n < 20; n++) {
    reply.onDrain(() => drains++)
    vi.advanceTimersByTime(20_000)
    response.emit('drain')
  }
  vi.advanceTimersByTime(60_000)
  expect([drains, socket.destroyed]).toEqual([20, false])
})
