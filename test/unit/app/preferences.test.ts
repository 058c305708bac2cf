import { expect, test } from 'vitest'
import { GET } from '@/app/preferences/route'

function choose(query: string, referer?: string) {
  return GET(new Request(`http://127.0.0.1/preferences?${query}`, { headers: referer ? { referer } : {} }))
}

test.each([
  [undefined, '/'],
  ['http://127.0.0.1:3000/setup?token=a%2Bb', '/setup?token=a%2Bb'],
  ['https://elsewhere.example/page', '/page'],
  ['https://elsewhere.example//other.example/', '/'],
  ['https://elsewhere.example/\\other.example/', '/'],
  ['https://elsewhere.example/%5Cother.example', '/%5Cother.example'],
  ['javascript:alert(1)', '/'],
  ['data:text/html,x', '/'],
  ['about:blank', '/'],
  ['not an address', '/'],
])('coming from %s it goes back to %s of this site', (referer, expected) => {
  const response = choose('theme=dark', referer)
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe(expected)
})

test('known choices are kept in cookies', () => {
  const cookies = choose('language=zh-CN&theme=dark').headers.getSetCookie()
  expect(cookies).toEqual([
    expect.stringMatching(/^akcp-language=zh-CN; Path=\/; Max-Age=\d+; SameSite=Lax; HttpOnly$/),
    expect.stringMatching(/^akcp-theme=dark; /),
  ])
})

test.each(['language=fr', 'theme=%0d%0aset-cookie:x', ''])('%s sets no cookie', (query) => {
  expect(choose(query).headers.getSetCookie()).toEqual([])
})
