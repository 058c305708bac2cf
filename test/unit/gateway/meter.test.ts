import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readUsage, StreamMeter, usageOfJson } from '@/lib/gateway/meter'

const usageEvent =
  'data: {"id":"1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":2}}}\n\n'
const events = [
  'data: {"id":"1","choices":[{"delta":{"content":"say \\"usage\\":{ now"}}],"usage":null}\n\n',
  ': ping\n\n',
  'data: {"id":"1","choices":[{"delta":{"content":"你好 🌏"}}],"usage":null}\n\n',
  usageEvent,
  'data: [DONE]\n\n',
]
const usage = { input: 7, cachedInput: 2, output: 3, reasoning: 0 }

/** Cuts bytes at arbitrary places. */
const cuts = (bytes: Buffer) =>
  fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 })).map((places) => {
    const ends = [...places.sort((a, b) => a - b), bytes.length]
    return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
  })

function run(hideUsage: boolean, chunks: Buffer[]) {
  const meter = new StreamMeter(hideUsage)
  const passed = Buffer.concat([...chunks.map((chunk) => meter.push(chunk)), meter.end()])
  return { passed: passed.toString(), meter }
}

describe.each(['\n', '\r\n'])('StreamMeter, lines ending in %j', (newline) => {
  const bytes = Buffer.from(events.join('').replaceAll('\n', newline))

  it('passes every byte of a client that asked for usage, however the stream is cut', () => {
    fc.assert(
      fc.property(cuts(bytes), (chunks) => {
        const { passed, meter } = run(false, chunks)
        expect(passed).toBe(bytes.toString())
        expect(meter.usage).toEqual(usage)
        expect(meter.events).toBe(events.length)
      }),
    )
  })

  it('hides only the usage event from a client that did not ask', () => {
    const visible = bytes.toString().replace(usageEvent.replaceAll('\n', newline), '')
    fc.assert(
      fc.property(cuts(bytes), (chunks) => {
        const { passed, meter } = run(true, chunks)
        expect(passed).toBe(visible)
        expect(meter.usage).toEqual(usage)
      }),
    )
  })
})

/** Each kind of event, with what `StreamMeter` must make of it. */
const kinds = fc.constantFrom<{ data: string; hidden?: true; output?: number; failed?: string }>(
  { data: '{"choices":[{"delta":{"content":"plain"}}]}' },
  { data: '{"choices":[{"delta":{"content":"\\"error\\" and \\"usage\\":{"}}],"usage":null}' },
  { data: '{"total_usage":{},"choices":[],"usage":{"completion_tokens":4}}', hidden: true, output: 4 },
  { data: '{"choices":[],"usage" : {"completion_tokens":5}}', hidden: true, output: 5 },
  { data: '{"choices":[{}],"usage":{"completion_tokens":6}}', output: 6 },
  { data: '{"choices":[],\ndata: "usage":{"completion_tokens":9}}', hidden: true, output: 9 },
  { data: '{"x_groq":{"usage":{"completion_tokens":7}}}', output: 7 },
  { data: '{"usage":null,"x_groq":{"usage":{"completion_tokens":8}}}' },
  { data: '{"error":{"message":"first"}}', failed: 'first' },
  { data: '{"id":"1","error":{"message":"second"}}', failed: 'second' },
  { data: '{"id":"too far in","error":{"message":"third"}}' },
  { data: '[DONE]' },
)
const streams = fc
  .array(
    fc.record({
      kind: kinds,
      name: fc.constantFrom('', 'event: error\n', ': a comment of some length\nid: 7\n'),
      newline: fc.constantFrom('\n', '\r\n'),
    }),
    { minLength: 1 },
  )
  .map((list) =>
    list.map(({ kind, name, newline }) => ({
      ...kind,
      text: `${name}data: ${kind.data}\n\n`.replaceAll('\n', newline),
    })),
  )
  .chain((list) =>
    fc.record({ list: fc.constant(list), chunks: cuts(Buffer.from(list.map(({ text }) => text).join(''))) }),
  )

describe('StreamMeter, any events in any chunks', () => {
  it.each([true, false])('passes, counts and reads them one by one; hidden usage: %s', (hideUsage) => {
    fc.assert(
      fc.property(streams, ({ list, chunks }) => {
        const { passed, meter } = run(hideUsage, chunks)
        const seen = list.filter(({ hidden }) => !(hidden && hideUsage))
        expect(passed).toBe(seen.map(({ text }) => text).join(''))
        expect(meter.events).toBe(list.length)
        expect(meter.usage?.output).toBe(list.findLast(({ output }) => output)?.output)
        expect(meter.failed?.message).toBe(list.findLast(({ failed }) => failed)?.failed)
      }),
    )
  })
})

describe('StreamMeter', () => {
  it('keeps an event that carries usage together with choices', () => {
    const text = 'data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n'
    const { passed, meter } = run(true, [Buffer.from(text)])
    expect(passed).toBe(text)
    expect(meter.usage?.output).toBe(2)
  })

  it('reads an error event', () => {
    const { meter } = run(true, [Buffer.from('data: {"error":{"message":"overloaded"}}\n\n')])
    expect(meter.failed).toEqual({ message: 'overloaded' })
  })

  it('does not hold back more than a megabyte of an event without an end', () => {
    const meter = new StreamMeter(true)
    const chunk = Buffer.alloc(400_000, 'a')
    const passed = [1, 2, 3, 4].map(() => meter.push(chunk).length)
    expect(passed).toEqual([0, 0, 1_200_000, 0])
    expect(meter.end().length).toBe(400_000)
  })
})

describe('usageOfJson', () => {
  it.each([
    [
      '{"choices":[{"message":{"content":"\\"usage\\":{}"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}',
      5,
    ],
    ['{"usage" : {"prompt_tokens":5},"model":"x","data":[]}', 5],
    ['{"usage":null,"x_groq":{"usage":{"prompt_tokens":4,"completion_tokens":1}}}', 4],
    ['{"usage":{"prompt_tokens":-1}}', null],
    ['{"usage":{"prompt_tokens":1e300}}', null],
    ['{"usage":{', null],
    ['', null],
  ])('%s', (text, input) => {
    expect(usageOfJson(Buffer.from(text))?.input ?? null).toBe(input)
  })
})

describe('readUsage', () => {
  it.each([
    [
      { prompt_tokens: 9, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 3 } },
      { input: 9, cachedInput: 0, output: 4, reasoning: 3 },
    ],
    [
      { prompt_tokens: 9, completion_tokens: 4, prompt_cache_hit_tokens: 8 },
      { input: 9, cachedInput: 8, output: 4, reasoning: 0 },
    ],
    [
      { input_tokens: 2, output_tokens: 1, input_tokens_details: { cached_tokens: 1 } },
      { input: 2, cachedInput: 1, output: 1, reasoning: 0 },
    ],
    [{ total_tokens: 3 }, null],
    [null, null],
  ])('%j', (given, expected) => {
    expect(readUsage(given)).toEqual(expected)
  })
})
