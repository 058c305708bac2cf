/**
 * App keys: `akcp_<public id>_<secret><checksum>`. The public id (12 characters) finds the row, the secret
 * (32 random bytes, base62) proves it, the checksum (CRC-32, 6 base62 digits) lets a scanner and the gateway tell
 * a typing error or a stranger's string without a look-up. Stored: HMAC-SHA-256 of the whole key with the pepper.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const prefix = 'akcp_'
const publicIdLength = 12
const secretLength = 43
const checksumLength = 6
const pattern = new RegExp(
  `^${prefix}([0-9A-Za-z]{${publicIdLength}})_[0-9A-Za-z]{${secretLength + checksumLength}}$`,
)

export type NewAppKey = { rawKey: string; publicId: string; digest: Buffer; last4: string }

export function createAppKey(pepper: Buffer, random: (bytes: number) => Buffer = randomBytes): NewAppKey {
  const publicId = base62(random(9), publicIdLength)
  const body = `${prefix}${publicId}_${base62(random(32), secretLength)}`
  const rawKey = body + checksum(body)
  return { rawKey, publicId, digest: digestAppKey(pepper, rawKey), last4: rawKey.slice(-4) }
}

/** Where the public id stands in a well-formed key. */
export function publicIdIn(rawKey: string): string {
  return rawKey.slice(prefix.length, prefix.length + publicIdLength)
}

/** The public id of a well-formed key, or null. */
export function publicIdOf(rawKey: string): string | null {
  const match = pattern.exec(rawKey)
  if (!match?.[1]) return null
  const body = rawKey.slice(0, -checksumLength)
  return checksum(body) === rawKey.slice(-checksumLength) ? match[1] : null
}

export function digestAppKey(pepper: Buffer, rawKey: string): Buffer {
  return createHmac('sha256', pepper).update(rawKey).digest()
}

/** Constant time. */
export function appKeyMatches(pepper: Buffer, rawKey: string, digest: Buffer): boolean {
  const actual = digestAppKey(pepper, rawKey)
  return actual.length === digest.length && timingSafeEqual(actual, digest)
}

function checksum(body: string): string {
  let value = crc32(body)
  let text = ''
  while (text.length < checksumLength) {
    text = digits[value % 62] + text
    value = Math.floor(value / 62)
  }
  return text
}

function base62(bytes: Buffer, length: number): string {
  let value = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  while (text.length < length) {
    text = digits[Number(value % 62n)] + text
    value /= 62n
  }
  return text
}
