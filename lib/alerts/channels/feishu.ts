/**
 * Custom bots of Feishu and Lark. What they document: the signature has `timestamp\nsecret` as its key and nothing as
 * its message, and goes into the body with the timestamp in seconds; a body has at most 20 KB; a bot takes 5 messages a
 * second and 100 a minute. A refusal often comes with HTTP 200: only `code` 0 in the answer means that it was taken.
 */
import { createHmac } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Message, Section } from '@/lib/alerts/message'
import { type Answer, type Outcome, post } from './post'

export type FeishuBot = { url: string; secret: string | null }

/** 20 KB, with room for what is added to a body. */
export const bodyBytesMax = 20 * 1024 - 512

export const feishuHosts = ['open.feishu.cn', 'open.larksuite.com']

const colours = { critical: 'red', warning: 'orange', info: 'blue', good: 'green' } as const

export async function sendFeishu(
  http: Dispatcher,
  bot: FeishuBot,
  message: Message,
  { plain, now, timeoutMs }: { plain: boolean; now: number; timeoutMs?: number },
): Promise<Outcome> {
  const content = shorten(message, plain)
  const body = JSON.stringify({ ...(bot.secret ? signature(bot.secret, now) : {}), ...content })
  return judge(await post(http, bot.url, body, {}, timeoutMs), plain)
}

export function signature(secret: string, now: number): { timestamp: string; sign: string } {
  const timestamp = String(Math.floor(now / 1000))
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).digest('base64') }
}

/** As many sections as fit, and a note about the others. */
function shorten(message: Message, plain: boolean): object {
  const { sections } = message
  const build = (shown: Section[]) => {
    const left = sections.length - shown.length
    return plain ? textBody(message, shown, left) : cardBody(message, shown, left)
  }
  let [fits, tooMany] = [0, sections.length + 1]
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2)
    const bytes = Buffer.byteLength(JSON.stringify(build(sections.slice(0, middle))))
    if (bytes <= bodyBytesMax) fits = middle
    else tooMany = middle
  }
  if (fits > 0) return build(sections.slice(0, fits))
  const [first] = sections
  return build(first ? [{ ...first, lines: first.lines.map((line) => line.slice(0, 300)).slice(0, 10) }] : [])
}

function cardBody({ title, tone, more }: Message, sections: Section[], left: number): object {
  const elements = sections.flatMap(({ title: heading, lines, button }) => [
    {
      tag: 'markdown',
      content: [...(heading ? [`**${escapeMarkdown(heading)}**`] : []), ...lines.map(escapeMarkdown)].join(
        '\n',
      ),
    },
    ...(button ? [buttonOf(button.text, button.url)] : []),
  ])
  const rest = left > 0 ? [{ tag: 'markdown', content: escapeMarkdown(more.text(left)) }] : []
  const all = left > 0 && more.url ? [buttonOf('→', more.url)] : []
  return {
    msg_type: 'interactive',
    card: {
      schema: '2.0',
      config: { update_multi: true },
      header: { title: { tag: 'plain_text', content: headingOf(title) }, template: colours[tone] },
      body: { elements: [...elements, ...rest, ...all] },
    },
  }
}

/** Names us, which is the keyword that a bot may ask for. */
function headingOf(title: string): string {
  return `AKCP · ${title}`.slice(0, 300)
}

function buttonOf(text: string, url: string): object {
  return {
    tag: 'button',
    text: { tag: 'plain_text', content: text },
    type: 'primary',
    behaviors: [{ type: 'open_url', default_url: url }],
  }
}

function textBody({ title, more }: Message, sections: Section[], left: number): object {
  const lines = sections.flatMap(({ title: heading, lines: own, button }) => [
    ...(heading ? ['', heading] : []),
    ...own,
    ...(button ? [button.url] : []),
  ])
  const rest = left > 0 ? ['', `${more.text(left)} ${more.url ?? ''}`.trim()] : []
  // In the text of a bot `<at …>` would call people.
  const text = [headingOf(title), ...lines, ...rest].join('\n').replaceAll('<', '‹').replaceAll('>', '›')
  return { msg_type: 'text', content: { text } }
}

/** Names and messages of others must not become links, mentions or formats. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[&<>*_~[\]()`#\\]/g, (char) => `&#${char.charCodeAt(0)};`)
}

/** Told apart by what helps: later, as text, or not at all. */
const later = new Set([11232, 99991400])
/** A time that is off by more than an hour, or a wrong secret: the next try has a fresh timestamp. */
const badSignature = 19021
const notAccepted: Record<number, string> = {
  19001: 'the address is not (or no longer) that of a bot',
  19022: 'the bot does not accept this machine’s IP address',
  19024: 'the bot wants a keyword: add "AKCP" to its keywords, or remove them',
}

function judge(answer: Answer, plain: boolean): Outcome {
  if (answer.kind !== 'answered') {
    return {
      result: answer.kind === 'unsent' ? 'retry' : 'unknown',
      status: null,
      code: null,
      text: answer.text,
    }
  }
  const { status, headers } = answer
  const { code, text } = readBody(answer.body)
  const known = { status, code, text }
  if (code === 0 && status < 300) return { result: 'sent', ...known }
  if (status === 429 || later.has(code ?? 0)) {
    const seconds = Number(headers['x-ogw-ratelimit-reset'] ?? headers['retry-after'])
    return { result: 'retry', ...known, ...(seconds > 0 && { retryAfterMs: Math.min(seconds, 600) * 1000 }) }
  }
  if (code === badSignature) {
    return {
      result: 'retry',
      ...known,
      text: `the signature is refused: check the secret and this machine’s clock (${text})`,
    }
  }
  const reason = notAccepted[code ?? 0]
  if (reason) return { result: 'failed', ...known, text: `${reason} (${text})` }
  if (status >= 500) return { result: 'retry', ...known }
  // Taken with a good status but without an answer that can be read: nobody knows.
  if (status < 300 && code === null) return { result: 'unknown', ...known }
  return { result: plain ? 'failed' : 'plain', ...known }
}

function readBody(body: string): { code: number | null; text: string } {
  try {
    const { code, StatusCode, msg, StatusMessage } = JSON.parse(body) as Record<string, unknown>
    const found = [code, StatusCode].find((value) => typeof value === 'number')
    return {
      code: (found as number | undefined) ?? null,
      text: String(msg ?? StatusMessage ?? '').slice(0, 300),
    }
  } catch {
    return { code: null, text: body.slice(0, 100) }
  }
}
