/**
 * A provider, as a process of its own, that does what is asked of it: each call names its plan in the field `plan` of its
 * body, or a test sets one for a provider key. Keeps a journal of what it served, which ledgers are compared with.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Tokens of input in every usage; output is one token a chunk. */
const inputTokens = 10
let plans = {}
let served = []
const sockets = new Set()

// It is the gateway that must close what is idle: without a limit there is no hint to it, either.
const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  if (request.method !== 'POST') return response.end('{"data":[]}')
  const body = JSON.parse(Buffer.concat(parts).toString())
  const secret = (request.headers.authorization ?? '').replace(/^Bearer /, '')
  const plan = plans[secret] ?? body.plan ?? {}
  const entry = {
    id: request.headers['x-request-id'],
    secret,
    startedAt: Date.now(),
    endedAt: null,
    chunks: 0,
    bytes: 0,
    waitedMs: 0,
    end: 'open',
  }
  served.push(entry)
  response.on('close', () => {
    entry.endedAt = Date.now()
    entry.end = response.writableFinished ? 'finished' : 'cut'
  })
  if (plan.waitMs) await sleep(plan.waitMs)
  if (plan.hang) return
  if (plan.reset) return request.socket.resetAndDestroy()
  if (body.stream && !plan.status) await stream(plan, entry, request, response)
  else answer(plan, response)
})
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket)).on('error', () => {})
})

function answer({ status = 200, headers, text }, response) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  const message = { role: 'assistant', content: 'ok' }
  const whole = { choices: [{ index: 0, message, finish_reason: 'stop' }], usage: usageOf(1) }
  response.end(text ?? JSON.stringify(status < 300 ? whole : { error: { message: `Fault ${status}` } }))
}

/** `chunks` events of `bytes` each, one every `everyMs`; then usage and [DONE], or what `end` says instead. */
async function stream(plan, entry, request, response) {
  const { chunks = 5, everyMs = 0, bytes = 200, end = 'done' } = plan
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = eventOf(bytes)
  const startedAt = performance.now()
  while (entry.chunks < chunks && !response.destroyed) {
    entry.chunks++
    entry.bytes += event.length
    if (!response.write(event)) await drained(entry, response)
    const ahead = startedAt + entry.chunks * everyMs - performance.now()
    if (everyMs > 0 && ahead > 0) await sleep(ahead)
  }
  if (end === 'reset') return request.socket.resetAndDestroy()
  if (end === 'hang') return
  if (end === 'garbage') return response.end('\u0000\u0001 this is no event \ufffd\n\n{"half":')
  if (end === 'done') response.write(`data: ${JSON.stringify({ choices: [], usage: usageOf(chunks) })}\n\n`)
  response.end('data: [DONE]\n\n')
}

async function drained(entry, response) {
  const since = performance.now()
  const over = new AbortController()
  const until = (name) => once(response, name, { signal: over.signal }).catch(() => {})
  await Promise.race([until('drain'), until('close')])
  over.abort()
  entry.waitedMs += performance.now() - since
}

function eventOf(bytes) {
  const chunk = (content) => Buffer.from(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
  return chunk('x'.repeat(Math.max(1, bytes - chunk('').length)))
}

function usageOf(output) {
  return { prompt_tokens: inputTokens, completion_tokens: output, total_tokens: inputTokens + output }
}

process.on('message', ({ id, plans: wanted, clear }) => {
  if (clear) {
    plans = {}
    served = []
  }
  Object.assign(plans, wanted)
  process.send({ id, served, sockets: sockets.size })
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }))
