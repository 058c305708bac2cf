/** The least that a gateway can be: `node:http` in front, undici `request` behind, no checks and no ledger. */
import { createServer } from 'node:http'
import { Pool, request } from 'undici'

const [, , upstreamUrl] = process.argv
const dispatcher = new Pool(upstreamUrl, { pipelining: 1 })

const server = createServer((incoming, response) => {
  const chunks = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('end', async () => {
    const answer = await request(upstreamUrl + incoming.url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-bench' },
      body: Buffer.concat(chunks),
    })
    const body = Buffer.from(await answer.body.arrayBuffer())
    response.writeHead(answer.statusCode, {
      'content-type': 'application/json',
      'content-length': body.length,
    })
    response.end(body)
  })
})
server.keepAliveTimeout = 70_000
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', () => process.send(process.cpuUsage()))
process.on('disconnect', () => process.exit())
