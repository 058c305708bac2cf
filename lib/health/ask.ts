import { type Dispatcher, request } from 'undici'

/** A check answers within ten seconds, or not at all. */
const deadlineMs = 8000
/** Lists of models are long; nothing that is asked for here is longer than this. */
const bytesMax = 4 * 1024 * 1024

/** Where checks of a key go, and with what. */
export type CheckTarget = { baseUrl: string; headers: Record<string, string>; secret: string }

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }

/** Asks a provider something small with a key's secret; throws when there is no whole answer in time. */
export async function ask(
  upstream: Dispatcher,
  url: string,
  { headers, secret }: Pick<CheckTarget, 'headers' | 'secret'>,
  json?: object,
): Promise<Answer> {
  const answer = await request(url, {
    dispatcher: upstream,
    method: json ? 'POST' : 'GET',
    headers: {
      'user-agent': 'akcp',
      'accept-encoding': 'identity',
      ...headers,
      ...(json && { 'content-type': 'application/json' }),
      authorization: `Bearer ${secret}`,
    },
    body: json && JSON.stringify(json),
    signal: AbortSignal.timeout(deadlineMs),
  })
  const parts: Buffer[] = []
  let size = 0
  for await (const part of answer.body) {
    size += part.length
    if (size > bytesMax) throw new Error(`the answer is larger than ${bytesMax} bytes`)
    parts.push(part)
  }
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }
}
