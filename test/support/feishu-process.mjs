/**
 * A bot of Feishu as strict as the real one, as a process of its own: it checks signature, clock, size and form of every
 * message and counts its rate. The parent sets the secret and, for the next messages, answers other than the usual.
 */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'

const state = { secret: null, answers: [], received: [] }
const refuse = (code, msg) => ({ code, msg, data: {} })

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const at = Date.now()
  const entry = {
    at,
    path: request.url,
    headers: request.headers,
    bytes: body.length,
    body: parse(body),
    answered: null,
  }
  state.received.push(entry)
  const next = state.answers.shift()
  if (next?.hang) return
  if (next?.reset) return request.socket.resetAndDestroy()
  const answer =
    next?.code !== undefined ? refuse(next.code, next.msg ?? 'as the test wants it') : judge(entry, at)
  entry.answered = answer.code
  response.writeHead(next?.status ?? 200, { 'content-type': 'application/json', ...next?.headers })
  response.end(JSON.stringify(answer))
})

function judge({ bytes, body }, at) {
  if (bytes > 20 * 1024) return refuse(9499, 'too large')
  if (body === null) return refuse(9499, 'Bad Request')
  if (state.secret !== null) {
    const { timestamp, sign } = body
    const expected = createHmac('sha256', `${timestamp}\n${state.secret}`).update('').digest('base64')
    if (sign !== expected || Math.abs(at / 1000 - Number(timestamp)) > 3600)
      return refuse(19021, 'sign match fail or timestamp is not within one hour from current time')
  }
  const within = (ms) => state.received.filter((one) => at - one.at < ms).length
  if (within(1000) > 5 || within(60_000) > 100) return refuse(11232, 'frequency limited')
  const problem = body.msg_type === 'text' ? checkText(body.content) : checkCard(body)
  return problem
    ? refuse(9499, problem)
    : { StatusCode: 0, StatusMessage: 'success', code: 0, msg: 'success', data: {} }
}

function checkText(content) {
  return typeof content?.text === 'string' ? null : 'content.text'
}

/** Version 2.0 refuses what it does not know. */
function checkCard({ msg_type: type, card }) {
  if (type !== 'interactive') return `msg_type ${type}`
  const keys = (value, ...known) => Object.keys(value ?? {}).find((key) => !known.includes(key))
  const unknown =
    keys(card, 'schema', 'config', 'header', 'body') ??
    keys(card.config, 'update_multi') ??
    keys(card.header, 'title', 'template') ??
    keys(card.header.title, 'tag', 'content') ??
    keys(card.body, 'elements')
  if (unknown) return `unknown property ${unknown}`
  if (card.schema !== '2.0' || card.config.update_multi !== true) return 'schema'
  if (card.header.title.tag !== 'plain_text') return 'title'
  if (!['red', 'orange', 'blue', 'green'].includes(card.header.template)) return 'template'
  return card.body.elements.map(checkElement).find(Boolean) ?? null
}

function checkElement({ tag, ...rest }) {
  if (tag === 'markdown') return Object.keys(rest).join() === 'content' ? null : 'markdown'
  if (tag !== 'button') return `tag ${tag}`
  const { text, type, behaviors, ...other } = rest
  if (Object.keys(other).length > 0 || type !== 'primary' || text.tag !== 'plain_text') return 'button'
  const [{ type: kind, default_url: url }] = behaviors
  return kind === 'open_url' && /^https?:/.test(url) ? null : 'behaviors'
}

function parse(body) {
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', ({ id, secret, answers, clear }) => {
  if (secret !== undefined) state.secret = secret
  if (clear) state.received = []
  state.answers.push(...(answers ?? []))
  process.send({ id, received: state.received })
})
process.on('disconnect', () => process.exit(0))
