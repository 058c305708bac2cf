import { describe, expect, it } from 'vitest'
import { LoadBook } from '@/lib/gateway/load-book'

describe('LoadBook', () => {
  it('follows a slower answer at once and a faster one slowly', () => {
    const book = new LoadBook()
    const answer = (ms: number, now: number) => {
      book.begin('k', 'm')
      book.end('k', 'm', ms, now)
    }
    answer(100, 0)
    expect(book.load('k', 'm')).toBe(100)
    answer(900, 1000)
    expect(book.load('k', 'm')).toBe(900)
    answer(100, 11_000)
    expect(book.load('k', 'm')).toBeCloseTo(100 + 800 / Math.E)
  })

  it('counts calls in flight, and prefers a key that nobody has tried to one that has not answered yet', () => {
    const book = new LoadBook()
    expect(book.load('new', 'm')).toBe(0)
    book.begin('new', 'm')
    expect(book.load('new', 'm')).toBeGreaterThan(60_000)
    book.end('new', 'm', 50, 0)
    book.begin('new', 'm')
    expect(book.load('new', 'm')).toBe(100)
    expect(book.load('new', 'another model')).toBe(0)
  })

  it('learns nothing from a call that was not answered', () => {
    const book = new LoadBook()
    book.begin('k', 'm')
    book.end('k', 'm', null, 0)
    expect(book.load('k', 'm')).toBe(0)
  })
})
