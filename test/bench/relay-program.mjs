/**
 * The least that a gateway can be: `node:http` in front, undici behind, no checks and no ledger. `relay.mjs ADDRESS
 * request|dispatch`: through undici's `request`, or its lower `dispatch`.
 */
import { createServer } from 'node:http'
import { Pool, request } from 'undici'

const [, , upstreamUrl, way] = process.argv
const dispatcher = new Pool(upstreamUrl, { pipelining: 1 })
const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' }
const relay = way === 'dispatch' ? throughDispatch : throughRequest

const server = createServer((incoming, response) => {
  const chunks = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('end', () => relay(incoming.url, Buffer.concat(chunks), response))
})
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())

async function throughRequest(path, body, response) {
  const answer = await request(upstreamUrl + path, { dispatcher, method: 'POST', headers, body })
  const type = answer.headers['content-type']
  if (type === 'text/event-stream') {
    response.writeHead(answer.statusCode, { 'content-type': type })
    return answer.body.pipe(response)
  }
  finish(response, answer.statusCode, type, Buffer.from(await answer.body.arrayBuffer()))
}

function throughDispatch(path, body, response) {
  const parts = []
  let status = 0
  let type = ''
  dispatcher.dispatch(
    { path, method: 'POST', headers, body },
    {
      onRequestStart() {},
      onResponseStart(_, statusCode, answerHeaders) {
        status = statusCode
        type = answerHeaders['content-type']
        if (type === 'text/event-stream') response.writeHead(status, { 'content-type': type })
      },
      onResponseData(controller, chunk) {
        if (!response.headersSent) return parts.push(chunk)
        if (response.write(chunk)) return
        controller.pause()
        response.once('drain', () => controller.resume())
      },
      onResponseEnd() {
        if (response.headersSent) response.end()
        else finish(response, status, type, parts.length === 1 ? parts[0] : Buffer.concat(parts))
      },
      onResponseError: () => response.destroy(),
    },
  )
}

function finish(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length })
  response.end(body)
}
