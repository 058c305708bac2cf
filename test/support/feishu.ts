import { fork } from 'node:child_process'
import { once } from 'node:events'

export type BotAnswer =
  | { code: number; status?: number; msg?: string; headers?: Record<string, string> }
  | { hang: true }
  | { reset: true }

export type Received = {
  at: number
  path: string
  headers: Record<string, string>
  bytes: number
  // biome-ignore lint/suspicious/noExplicitAny: messages are what the tests are about.
  body: any
  /** The code it was answered with; null: not at all. */
  answered: number | null
}

export type Bot = Awaited<ReturnType<typeof startBot>>

/** Starts the bot's process, which dies with the test's. */
export async function startBot() {
  const child = fork(new URL('./feishu-process.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  let nextId = 0

  function ask(question: {
    secret?: string | null
    answers?: BotAnswer[]
    clear?: boolean
  }): Promise<Received[]> {
    const id = nextId++
    return new Promise((resolve) => {
      const listen = (answer: { id: number; received: Received[] }) => {
        if (answer.id !== id) return
        child.off('message', listen)
        resolve(answer.received)
      }
      child.on('message', listen)
      child.send({ id, ...question })
    })
  }

  return {
    origin: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/open-apis/bot/v2/hook/0123456789-abcdef`,
    ask,
    received: () => ask({}),
    /** Titles of the messages that were taken. */
    async titles() {
      const received = await ask({})
      return received
        .filter(({ answered }) => answered === 0)
        .map(({ body }) => body.card?.header.title.content ?? body.content?.text.split('\n')[0])
    },
    stop: () => child.kill(),
  }
}

/** What a message says, card or text. */
export function textOf({ body }: Received): string {
  if (body.content) return body.content.text
  const elements = body.card.body.elements as { content?: string; text?: { content: string } }[]
  return [
    body.card.header.title.content,
    ...elements.map(({ content, text }) => content ?? text?.content),
  ].join('\n')
}
