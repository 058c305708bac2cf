import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { resolveReference } from '@/lib/secrets/references'

const folder = mkdtempSync(join(tmpdir(), 'akcp-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('resolveReference', () => {
  it('reads the variables and files that are made for it', () => {
    vi.stubEnv('AKCP_SECRET_ONE', ' sk-one \n')
    writeFileSync(join(folder, 'two'), 'sk-two\n')
    expect(resolveReference('env:AKCP_SECRET_ONE', undefined)).toBe('sk-one')
    expect(resolveReference('file:two', folder)).toBe('sk-two')
  })

  it.each([
    'env:AKCP_MASTER_KEY',
    'env:DATABASE_URL',
    'env:PATH',
    'file:../two',
    'file:/etc/passwd',
    'file:.',
    'http://x',
    '',
  ])('refuses %j', (reference) => {
    vi.stubEnv('AKCP_MASTER_KEY', 'the-master-key')
    expect(() => resolveReference(reference, folder)).toThrowError(
      /^(?!.*the-master-key).*is not a reference/,
    )
  })

  it('says what is missing', () => {
    writeFileSync(join(folder, 'empty'), '\n')
    expect(() => resolveReference('env:AKCP_SECRET_NOT_SET', undefined)).toThrowError(
      'AKCP_SECRET_NOT_SET is not set',
    )
    expect(() => resolveReference('file:absent', folder)).toThrowError('absent in SECRETS_DIR cannot be read')
    expect(() => resolveReference('file:empty', folder)).toThrowError('is empty')
    expect(() => resolveReference('file:two', undefined)).toThrowError('SECRETS_DIR is not set')
  })
})
