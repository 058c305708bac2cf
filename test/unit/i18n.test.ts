import { describe, expect, test } from 'vitest'
import { chooseLanguage } from '@/lib/i18n/languages'

describe('the language of a page', () => {
  test.each([
    ['zh-CN', 'en', 'zh-CN'],
    ['en', 'zh-CN', 'en'],
    [undefined, 'zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN'],
    [undefined, 'zh-TW', 'zh-CN'],
    [undefined, 'en-GB,zh;q=0.5', 'en'],
    [undefined, 'fr;q=0.9,zh;q=0.4,en;q=0.3', 'zh-CN'],
    [undefined, 'zh;q=0,en', 'en'],
    [undefined, 'fr', 'en'],
    [undefined, null, 'en'],
    ['xx', ';q=,,', 'en'],
  ])('cookie %s with Accept-Language %s is %s', (cookie, header, expected) => {
    expect(chooseLanguage(cookie, header)).toBe(expected)
  })
})
