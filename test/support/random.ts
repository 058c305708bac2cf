import { randomBytes } from 'node:crypto'

/** Of this run; the same again with `CHAOS_SEED`. */
export const seed = Number(process.env.CHAOS_SEED ?? randomBytes(4).readUInt32LE())

/** Numbers from 0 up to 1, the same ones for the same start (mulberry32). */
export function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
