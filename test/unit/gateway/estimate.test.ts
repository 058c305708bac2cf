import { describe, expect, it } from 'vitest'
import { parseBody } from '@/lib/gateway/body'
import { conversationOf } from '@/lib/gateway/conversation'
import { inputBound, outputBound, TokenRatios } from '@/lib/gateway/estimate'

const body = (value: unknown) => parseBody(Buffer.from(JSON.stringify(value)))
const usage = (input: number) => ({ input, cachedInput: 0, output: 0, reasoning: 0 })

describe('TokenRatios', () => {
  it('starts at four bytes a token and follows what each model reports', () => {
    const ratios = new TokenRatios()
    expect(ratios.input('m', 400)).toBe(100)
    ratios.learn('m', 400, usage(200))
    expect(ratios.input('m', 400)).toBe(200)
    for (let n = 0; n < 200; n++) ratios.learn('m', 400, usage(100))
    expect(ratios.input('m', 4000)).toBe(1001)
    expect(ratios.input('other', 400)).toBe(100)
  })
})

describe('bounds', () => {
  it('takes a token for at least a byte, and attachments for what they may show', () => {
    const text = body({ model: 'm', messages: [{ role: 'user', content: '你好' }] })
    expect(inputBound(text)).toBe(text.bytes.length)
    const parts = [
      { type: 'text', text: 'what is this' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ]
    const image = body({ model: 'm', messages: [{ role: 'user', content: parts }] })
    expect(inputBound(image)).toBe(image.bytes.length + 50_000)
  })

  it.each([
    [{}, null],
    [{ max_tokens: 10 }, 10],
    [{ max_tokens: 10, max_completion_tokens: 30 }, 30],
    [{ max_tokens: 10, n: 3 }, 30],
    [{ max_tokens: -1 }, null],
    [{ max_tokens: 'many' }, null],
  ])('%j allows an answer of %s tokens', (value, tokens) => {
    expect(outputBound(body({ model: 'm', ...value }))).toBe(tokens)
  })
})

describe('conversationOf', () => {
  const system = { role: 'system', content: 'be kind' }
  const first = { role: 'user', content: 'hello' }
  it('stays the same while a conversation grows, and differs from others', () => {
    const begun = conversationOf(body({ messages: [system, first] }))
    const grown = [system, first, { role: 'assistant', content: 'hi' }, { role: 'user', content: 'bye' }]
    expect(conversationOf(body({ messages: grown }))).toBe(begun)
    expect(conversationOf(body({ messages: [system, { role: 'user', content: 'hallo' }] }))).not.toBe(begun)
    expect(conversationOf(body({ input: 'text' }))).toBeNull()
  })
})
