import { execFileSync } from 'node:child_process'
import { transformSync } from 'esbuild'
import { expect, it } from 'vitest'
import { exampleModel } from '@/app/(portal)/apps/[id]/example-model'
import { snippets } from '@/app/(portal)/apps/[id]/snippets'

const target = { address: 'https://akcp.example.com', exampleModel: 'it\'s-"odd"' }
const code = snippets(target, 'akcp_id_secret', '你好')

it('writes a curl command that a shell reads as one JSON body', () => {
  const script = code.curl.replace('curl ', 'printf "%s\\n" ')
  const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
  expect(words).toContain('https://akcp.example.com/api/v1/chat/completions')
  expect(words).toContain('Authorization: Bearer akcp_id_secret')
  expect(JSON.parse(words.at(-1) ?? '')).toEqual({
    model: target.exampleModel,
    messages: [{ role: 'user', content: '你好' }],
  })
})

it('writes TypeScript that can be parsed, with address, key and model', () => {
  expect(transformSync(code.typescript, { loader: 'ts', format: 'esm' }).code).toContain('akcp_id_secret')
  expect(code.typescript).toContain("baseURL: 'https://akcp.example.com/api/v1'")
  expect(code.python).toContain('api_key="akcp_id_secret"')
  expect(code.python).toContain(`model=${JSON.stringify(target.exampleModel)}`)
})

it.each([
  ['a route that the app may use', ['chat-*'], ['gpt-*', 'chat-fast'], 'chat-fast'],
  ['a model of a provider there is', [], ['deepseek-*'], 'deepseek-chat'],
  ['what the app may use, even if nobody called it yet', ['house-model'], ['gpt-*'], 'house-model'],
  ['something well known when nothing is there', [], [], 'gpt-4o-mini'],
])('proposes %s', (_, allowed, known, expected) => {
  expect(exampleModel(allowed, known)).toBe(expected)
})
