/**
 * The demo's providers, as a process of their own: aimock on 127.0.0.1, in front of it the delays and failures that
 * make a day of operations. Which provider is asked shows in the secret, `sk-simulated-<provider>-…`.
 * Plain JavaScript: it runs as it is, beside the bundle.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { buildEmbeddingResponse, generateDeterministicEmbedding, LLMock } from '@copilotkit/aimock'

const models = {
  openai: ['gpt-4.1', 'gpt-4.1-mini', 'gpt-5-mini', 'text-embedding-3-small'],
  deepseek: ['deepseek-chat', 'deepseek-reasoner'],
  qwen: ['qwen-plus', 'qwen-turbo', 'qwen-vl-plus'],
  anthropic: ['claude-sonnet-4-5', 'claude-haiku-4-5'],
}
const firstTokenMs = {
  openai: [200, 900],
  deepseek: [350, 1500],
  qwen: [150, 700],
  anthropic: [400, 1300],
}

// The journal would hold every call of a demo that runs for days.
const mock = new LLMock({ port: Number(process.argv[2]), host: '127.0.0.1', journalMaxEntries: 10 })

mock.addFixture({
  match: { predicate: (request) => request._endpointType !== 'embedding' },
  chunkSize: 48,
  streamingProfile: { tps: 40, jitter: 0.4 },
  response: (request) => {
    const tokens = Math.min(request.max_tokens ?? 120, 2000)
    return {
      content: 'This is a simulated answer. '.repeat(Math.ceil(tokens / 7)),
      usage: {
        prompt_tokens: Math.ceil(JSON.stringify(request.messages).length / 4),
        completion_tokens: tokens,
      },
    }
  },
})

mock.mount('/v1', {
  async handleRequest(request, response, path) {
    const secret = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    const provider = /^sk-simulated-([a-z]+)-/.exec(secret)?.[1] ?? ''
    const failure = failureOf(secret)
    if (failure) return answer(response, failure.status, { error: failure.error }, failure.headers)
    if (path === '/models') return answer(response, 200, { object: 'list', data: modelsOf(provider) })
    const [low, high] = firstTokenMs[provider] ?? [100, 400]
    await sleep(low + (high - low) * Math.random() ** 2)
    return path === '/embeddings' ? await embed(request, response) : false
  },
})

function failureOf(secret) {
  if (!secret || secret.includes('-trial-')) {
    return { status: 401, error: { message: 'Incorrect API key provided.', code: 'invalid_api_key' } }
  }
  const minute = new Date().getMinutes()
  if (secret.includes('-batch-') && minute % 7 === 3) {
    const error = { message: 'Rate limit reached for requests per minute.', code: 'rate_limit_exceeded' }
    return { status: 429, error, headers: { 'retry-after': '20' } }
  }
  if (Math.random() < 0.006) {
    return { status: 503, error: { message: 'The server is overloaded. Please try again later.' } }
  }
  return null
}

function modelsOf(provider) {
  const ids = models[provider] ?? Object.values(models).flat()
  return ids.map((id) => ({ id, object: 'model', owned_by: 'simulated' }))
}

/** aimock reports no tokens for embeddings. */
async function embed(request, response) {
  const parts = []
  for await (const part of request) parts.push(part)
  const { input, model } = JSON.parse(Buffer.concat(parts).toString())
  const texts = [input].flat().map(String)
  const tokens = Math.ceil(texts.join('').length / 4)
  const vectors = texts.map((text) => generateDeterministicEmbedding(text, 8))
  return answer(
    response,
    200,
    buildEmbeddingResponse(vectors, model, { prompt_tokens: tokens, total_tokens: tokens }),
  )
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  return true
}

process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group: the calls in flight are let finish, and whoever started this ends it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

mock.start().then(
  () => process.send({ port: mock.port }),
  (error) => {
    console.error(`the simulated providers cannot listen: ${error.message}`)
    process.exit(1)
  },
)
