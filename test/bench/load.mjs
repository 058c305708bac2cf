/**
 * The load, in a process of its own: as many calls at a time as there are connections, each connection sending its next
 * call when the answer to the last one is complete. Plain sockets and requests written beforehand, because what it
 * spends on the cores is missing to the others.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from './figures.mjs'

const headEnd = Buffer.from('\r\n\r\n')

process.on('message', (plan) =>
  run(plan).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: error.message }),
  ),
)
process.on('disconnect', () => process.exit())
process.send({ ready: true })

/**
 * Until `calls` are done or `seconds` are over; throws on the first answer that is not a whole 200. The connections begin
 * one after the other within `spreadMs`, so that calls that all take the same time do not all come at the same time.
 * With a `rate`, so many calls are sent a second, as far as connections are free.
 */
async function run({ connections, calls = Number.POSITIVE_INFINITY, seconds, rate, ...target }) {
  const paceMs = rate ? (connections * 1000) / rate : 0
  const { spreadMs = paceMs } = target
  const requests = target.callers.map((caller) => requestOf(target, caller))
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target.port)))
  const times = { whole: [], firstByte: [] }
  const start = performance.now()
  const end = seconds ? start + seconds * 1000 : Number.POSITIVE_INFINITY
  let sent = 0
  const next = () => (sent < calls && performance.now() < end ? requests[sent++ % requests.length] : null)
  try {
    const drivers = sockets.map(async (socket, place) => {
      if (spreadMs > 0) await sleep((place * spreadMs) / connections)
      await drive(socket, next, target.stream, times, paceMs)
    })
    await Promise.all(drivers)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  const took = (performance.now() - start) / 1000
  return {
    calls: times.whole.length,
    seconds: took,
    latency: percentiles(times.whole),
    firstByte: percentiles(times.firstByte),
  }
}

function requestOf({ port, path, headers, promptBytes, stream }, { rawKey, model }) {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: 'word '.repeat(promptBytes / 5) }],
    ...(stream && { stream: true }),
  })
  const all = {
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    authorization: `Bearer ${rawKey}`,
    ...headers,
    'content-length': Buffer.byteLength(body),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.setNoDelay(true)))
    socket.once('error', reject)
  })
}

/**
 * Calls on one connection, one after the other, `paceMs` after the one before was sent or as soon as it is answered.
 * Reads just enough of HTTP to know where an answer ends.
 */
function drive(socket, next, stream, times, paceMs) {
  return new Promise((resolve, reject) => {
    let sentAt = 0
    let answer
    const send = () => {
      const request = next()
      if (!request) return resolve()
      answer = { head: null, waiting: Buffer.alloc(0), left: 0, tail: '' }
      sentAt = performance.now()
      socket.write(request)
    }
    const read = (bytes) => {
      let body = bytes
      if (!answer.head) {
        answer.waiting = answer.waiting.length ? Buffer.concat([answer.waiting, bytes]) : bytes
        const end = answer.waiting.indexOf(headEnd)
        if (end < 0) return
        readHead(answer, end)
        body = answer.waiting.subarray(end + headEnd.length)
      }
      if (body.length === 0 && answer.left !== 0) return
      if (!answer.firstByteAt) answer.firstByteAt = performance.now()
      if (!isWhole(answer, body)) return
      if (answer.status !== 200 || (stream && !answer.tail.includes('[DONE]')))
        throw new Error(`answered ${answer.status}: ${answer.head} ${body.toString().slice(0, 500)}`)
      times.whole.push(performance.now() - sentAt)
      times.firstByte.push(answer.firstByteAt - sentAt)
      const pauseMs = sentAt + paceMs - performance.now()
      if (pauseMs > 0) setTimeout(send, pauseMs)
      else send()
    }
    socket.on('data', (bytes) => {
      try {
        read(bytes)
      } catch (error) {
        reject(error)
      }
    })
    socket.on('close', () => reject(new Error('the connection was closed in the middle of a call')))
    socket.on('error', reject)
    send()
  })
}

function readHead(answer, end) {
  answer.head = answer.waiting.latin1Slice(0, end)
  answer.status = Number(answer.head.slice(9, 12))
  const length = /^content-length: *(\d+)/im.exec(answer.head)
  answer.left = length ? Number(length[1]) : Number.POSITIVE_INFINITY // without a length: in chunks
}

/** The last of the chunks is empty; nothing that the upstream sends looks like it. */
function isWhole(answer, body) {
  answer.left -= body.length
  if (answer.left !== Number.POSITIVE_INFINITY) return answer.left === 0
  answer.tail = (answer.tail + body.latin1Slice(Math.max(0, body.length - 64))).slice(-64)
  return answer.tail.endsWith('0\r\n\r\n')
}

function percentiles(times) {
  const sorted = Float64Array.from(times).sort()
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) }
}
