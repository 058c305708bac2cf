import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { open, seal, vaultKeyPair } from '@/lib/secrets/vault'

const context = { purpose: 'key', rowId: '019a', baseUrl: 'https://api.openai.com/v1' } as const

describe('vault', () => {
  it('opens what was sealed, for the same purpose, row and address only', async () => {
    const { publicKey, privateKey } = await vaultKeyPair(randomBytes(32))
    const sealed = await seal(publicKey, context, 'sk-marker')
    expect(sealed.includes('sk-marker')).toBe(false)
    expect(await open(privateKey, context, sealed)).toBe('sk-marker')
    for (const change of [
      { purpose: 'channel' as const },
      { rowId: '019b' },
      { baseUrl: 'https://evil.example/v1' },
    ]) {
      await expect(open(privateKey, { ...context, ...change }, sealed)).rejects.toThrow()
    }
  })

  it('refuses damaged bytes and other keys', async () => {
    const { publicKey, privateKey } = await vaultKeyPair(randomBytes(32))
    const sealed = await seal(publicKey, context, 'sk-marker')
    for (let at = 0; at < sealed.length; at++) {
      const damaged = Buffer.from(sealed)
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at)
      await expect(open(privateKey, context, damaged)).rejects.toThrow()
    }
    const other = await vaultKeyPair(randomBytes(32))
    await expect(open(other.privateKey, context, sealed)).rejects.toThrow()
  })

  it('gives the same pair for the same master key', async () => {
    const masterKey = randomBytes(32)
    expect((await vaultKeyPair(masterKey)).id).toBe((await vaultKeyPair(masterKey)).id)
  })
})
