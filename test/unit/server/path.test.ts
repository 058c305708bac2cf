import { expect, test } from 'vitest'
import { normalisePath } from '@/lib/server/path'

test.each([
  ['/', '/'],
  ['/api/v1/chat/completions', '/api/v1/chat/completions'],
  ['/api/v1/models?limit=2&x=/../', '/api/v1/models'],
  ['/%61pi/v1/models', '/api/v1/models'],
  ['/docs/%E4%B8%AD', '/docs/中'],
  ['/_next/static/a-b_c.1~x.js', '/_next/static/a-b_c.1~x.js'],
  ['/a/...b/.well-known', '/a/...b/.well-known'],
  ['/trailing/', '/trailing/'],
])('%s is routed as %s', (url, path) => {
  expect(normalisePath(url)).toBe(path)
})

test.each([
  '',
  'api/v1',
  '*',
  'http://host/api/v1',
  '//api/v1',
  '/api//v1',
  '/x/../api/v1',
  '/x/..',
  '/./api',
  '/x/%2e%2e/api/v1',
  '/api%2fv1',
  '/api%2Fv1',
  '/api%5Cv1',
  '/api\\v1',
  '/api/%252e%252e/v1',
  '/a%00b',
  '/a%0d%0ab',
  '/a\tb',
  '/a#b',
  '/%',
  '/%ff',
])('%j is refused: two programs could read it differently', (url) => {
  expect(normalisePath(url)).toBeNull()
})
