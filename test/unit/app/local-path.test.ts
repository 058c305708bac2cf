import { expect, test } from 'vitest'
import { localPath } from '@/app/local-path'

test.each([
  ['/keys?provider=openai&q=a%20b', '/keys?provider=openai&q=a%20b'],
  ['/', '/'],
  ['', '/'],
  ['keys', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/\n\\evil.example', '/'],
  ['/.//evil.example', '/'],
  ['/keys/..//evil.example', '/'],
  ['https://evil.example/keys', '/'],
  ['javascript:alert(1)', '/'],
])('%j leads to %s of this site', (path, expected) => {
  expect(localPath(path)).toBe(expected)
})
