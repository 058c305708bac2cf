/** A provider that answers at once: one JSON answer, or a stream of `chunks` events. */
import { createServer } from 'node:http'

const usage = { prompt_tokens: 200, completion_tokens: 50, total_tokens: 250 }
const common = { id: 'chatcmpl-bench', created: 1, model: 'gpt-4o-mini' }
const content = 'The quick brown fox jumps over the lazy dog. '.repeat(5)
const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
const json = Buffer.from(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }))

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': json.length })
    response.end(json)
  })
})
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
