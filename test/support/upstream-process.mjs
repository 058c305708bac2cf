/**
 * The provider of the tests, as a process of its own: aimock with one answer for every model, in front of it faults
 * that are chosen by the provider key a call carries, and a record of how each connection ended.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { buildEmbeddingResponse, generateDeterministicEmbedding, LLMock } from '@copilotkit/aimock'
import { answer, embeddingUsage, usage } from './upstream-answers.mjs'

const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 8 })
let faults = []
let connections = []

// Models named custom-… belong to the fixtures that a test adds.
mock.addFixture({
  match: {
    predicate: (request) => !request.model?.startsWith('custom-') && request._endpointType !== 'embedding',
  },
  response: { content: answer, usage },
})

mock.mount('/v1', {
  async handleRequest(request, response, path) {
    const secret = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    record(request, response, path, secret)
    const fault = takeFault(secret)
    if (fault?.delayMs) await sleep(fault.delayMs)
    else if (fault) return fail(fault, request, response)
    if (path === '/embeddings' && request.method === 'POST') return embed(request, response)
    return false
  },
})

function record(request, response, path, secret) {
  const connection = {
    path,
    secret,
    headers: request.headers,
    startedAt: Date.now(),
    endedAt: null,
    end: 'open',
  }
  connections.push(connection)
  response.on('close', () => {
    connection.endedAt = Date.now()
    connection.end = response.writableFinished ? 'finished' : 'cut'
  })
}

function takeFault(secret) {
  const fault = faults.find((one) => (one.secret ?? secret) === secret && one.times !== 0)
  if (fault?.times) fault.times -= 1
  return fault
}

function fail(fault, request, response) {
  request.resume()
  if (fault.hang) return true
  if (fault.reset) {
    request.socket.resetAndDestroy()
    return true
  }
  response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
  response.end(
    JSON.stringify(
      fault.body ?? { error: { message: `Fault ${fault.status}`, type: 'test_fault', code: null } },
    ),
  )
  return true
}

/** aimock reports no tokens for embeddings, so this endpoint is ours. */
async function embed(request, response) {
  const parts = []
  for await (const part of request) parts.push(part)
  const { input, model, encoding_format } = JSON.parse(Buffer.concat(parts).toString())
  const encode = (vector) =>
    encoding_format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
  const vectors = [input].flat().map((text) => encode(generateDeterministicEmbedding(String(text), 8)))
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(buildEmbeddingResponse(vectors, model, embeddingUsage)))
  return true
}

process.on('message', ({ id, faults: wanted, clear }) => {
  if (wanted) faults = wanted
  if (clear) connections = []
  process.send({ id, connections })
})
process.on('disconnect', () => process.exit())

process.send({ url: await mock.start() })
