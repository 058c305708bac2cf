/**
 * A provider that answers at once: one JSON answer, or a stream of `chunks` events, one every `paceMs` milliseconds (0:
 * all in one go). Both are told by message and hold from the next call on.
 */
import { createServer } from 'node:http'

const pace = { chunks: 200, paceMs: 0 }
const usage = { prompt_tokens: 200, completion_tokens: 50, total_tokens: 250 }
const common = { id: 'chatcmpl-bench', created: 1, model: 'bench-model' }
const content = 'The quick brown fox jumps over the lazy dog. '.repeat(5)
const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
const json = Buffer.from(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }))
const models = Buffer.from(JSON.stringify({ object: 'list', data: [{ id: 'bench-model', object: 'model' }] }))

const event = (value) => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
const chunk = { ...common, object: 'chat.completion.chunk' }
const word = event({ ...chunk, choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }] })
const last = Buffer.concat([
  event({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  event({ ...chunk, choices: [], usage }),
  Buffer.from('data: [DONE]\n\n'),
])

const server = createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    if (request.method === 'GET') return answer(response, models)
    if (!Buffer.concat(parts).includes('"stream":true')) return answer(response, json)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (pace.paceMs > 0) return send(response, pace.chunks, pace.paceMs)
    response.end(Buffer.concat([...Array(pace.chunks).fill(word), last]))
  })
})

function answer(response, body) {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

function send(response, left, paceMs) {
  if (response.destroyed) return
  if (left === 0) return response.end(last)
  response.write(word)
  setTimeout(send, paceMs, response, left - 1, paceMs)
}

server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', (message) => {
  Object.assign(pace, message)
  process.send({ done: true })
})
process.on('disconnect', () => process.exit())
