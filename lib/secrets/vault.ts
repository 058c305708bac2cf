/**
 * Sealing and opening of secrets: HPKE (RFC 9180), DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode.
 * Anyone with the public key can seal; only a process with the master key can open. The associated data binds a
 * sealed secret to what it is for, to its row and to the address it may be sent to, so a row copied or a base URL
 * changed makes it unreadable.
 */
import { createHash } from 'node:crypto'
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})
const encapsulatedBytes = 32

export type SecretPurpose = 'key' | 'provider_headers' | 'channel' | 'channel_secret' | 'task'
export type SecretContext = { purpose: SecretPurpose; rowId: string; baseUrl: string }
export type VaultKeyPair = { id: string; publicKey: Buffer; privateKey: CryptoKey }

/** The vault's key pair; the same master key (32 bytes) always gives the same pair. */
export async function vaultKeyPair(masterKey: Buffer): Promise<VaultKeyPair> {
  const pair = await suite.kem.deriveKeyPair(toArrayBuffer(masterKey))
  const publicKey = Buffer.from(await suite.kem.serializePublicKey(pair.publicKey))
  return { id: vaultKeyId(publicKey), publicKey, privateKey: pair.privateKey }
}

/** A public key's name: the first 16 hex digits of its SHA-256. */
export function vaultKeyId(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16)
}

export async function seal(publicKey: Buffer, context: SecretContext, plaintext: string): Promise<Buffer> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(toArrayBuffer(publicKey))
  const { enc, ct } = await suite.seal(
    { recipientPublicKey },
    new TextEncoder().encode(plaintext),
    associatedData(context),
  )
  return Buffer.concat([Buffer.from(enc), Buffer.from(ct)])
}

/** Throws when the key is another one, the bytes are damaged, or the context is not the one it was sealed for. */
export async function open(privateKey: CryptoKey, context: SecretContext, sealed: Buffer): Promise<string> {
  const opened = await suite.open(
    { recipientKey: privateKey, enc: toArrayBuffer(sealed.subarray(0, encapsulatedBytes)) },
    toArrayBuffer(sealed.subarray(encapsulatedBytes)),
    associatedData(context),
  )
  return new TextDecoder().decode(opened)
}

function associatedData({ purpose, rowId, baseUrl }: SecretContext) {
  return new TextEncoder().encode(JSON.stringify([purpose, rowId, baseUrl]))
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** What people may see of a secret: its last four characters and a fingerprint to tell two apart. */
export function describeSecret(secret: string): { last4: string; fingerprint: string } {
  return {
    last4: secret.length >= 12 ? secret.slice(-4) : '',
    fingerprint: createHash('sha256').update(`akcp fingerprint\n${secret}`).digest('hex').slice(0, 12),
  }
}
