import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editBody, parseBody } from '@/lib/gateway/body'

const parse = (text: string) => parseBody(Buffer.from(text))
const decisive = [
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'messages',
  'input',
]

describe('parseBody', () => {
  it.each([
    ['', /empty/],
    ['{"model":', /not valid JSON/],
    ['{"model":"a" x}', /position 13/],
    ['[]', /must be a JSON object/],
    ['"text"', /must be a JSON object/],
    ['{"model":"a","model":"b"}', /model appears twice/],
    ['{"model":"a","Model":"b"}', /model appears twice/],
    ['{"MODEL":"a"}', /spelt "model"/],
    ['{"\\u006dodel":"a"}', /spelt "model"/],
    ['{"model":"a","mo\\u0064el":"b"}', /model appears twice/],
    [`{"model":"a","x":${'['.repeat(101)}${']'.repeat(101)}}`, /levels deep/],
    [`{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, /levels deep|not valid JSON/],
  ])('refuses %.40s', (text, reason) => {
    expect(() => parse(text)).toThrowError(reason)
  })

  it('never repeats the body in an error', () => {
    expect(() => parse('{"messages":"my secret prompt" oops}')).toThrowError(/^(?!.*secret prompt).*$/)
  })

  it('accepts the same keys below the top level', () => {
    expect(parse('{"model":"a","metadata":{"model":"b","Model":"c"}}').value.model).toBe('a')
  })
})

describe('editBody', () => {
  const anyObject = fc
    .dictionary(fc.string(), fc.jsonValue())
    .map((object) =>
      Object.fromEntries(Object.entries(object).filter(([key]) => !decisive.includes(key.toLowerCase()))),
    )

  it('changes the named fields and nothing else, whatever the spacing', () => {
    fc.assert(
      fc.property(
        anyObject,
        fc.string(),
        fc.boolean(),
        fc.integer({ min: 0, max: 4 }),
        (rest, model, hasModel, indent) => {
          const before = hasModel ? { ...rest, model: 'old', stream: true } : rest
          const changes = { model, stream_options: { include_usage: true } }
          const edited = editBody(parse(JSON.stringify(before, null, indent)), changes)
          expect(JSON.parse(edited.toString())).toEqual(JSON.parse(JSON.stringify({ ...before, ...changes })))
        },
      ),
    )
  })

  it('keeps numbers as they were written', () => {
    const edited = editBody(parse('{ "seed" : 12345678901234567890 , "model":"a", "t": 1.0 }'), {
      model: 'b',
    })
    expect(edited.toString()).toBe('{ "seed" : 12345678901234567890 , "model":"b", "t": 1.0 }')
  })
})
