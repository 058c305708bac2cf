import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { appKeyMatches, createAppKey, publicIdOf } from '@/lib/secrets/app-key'

const pepper = randomBytes(32)

describe('app keys', () => {
  it('are found and proved by themselves only', () => {
    const one = createAppKey(pepper)
    const two = createAppKey(pepper)
    expect(one.rawKey).toMatch(/^akcp_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
    expect(publicIdOf(one.rawKey)).toBe(one.publicId)
    expect(appKeyMatches(pepper, one.rawKey, one.digest)).toBe(true)
    expect(appKeyMatches(pepper, two.rawKey, one.digest)).toBe(false)
    expect(appKeyMatches(randomBytes(32), one.rawKey, one.digest)).toBe(false)
  })

  it('with any one character changed are recognised as mistyped', () => {
    const { rawKey } = createAppKey(pepper)
    const place = fc.integer({ min: 0, max: rawKey.length - 1 })
    fc.assert(
      fc.property(place, fc.constantFrom(...'09AZaz_'), (at, letter) => {
        fc.pre(rawKey[at] !== letter)
        expect(publicIdOf(rawKey.slice(0, at) + letter + rawKey.slice(at + 1))).toBeNull()
      }),
    )
  })

  it('are not anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(publicIdOf(text)).toBeNull()
      }),
    )
  })
})
