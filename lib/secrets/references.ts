/**
 * Secrets that live outside the database: `env:NAME` and `file:NAME` in `SECRETS_DIR`. Only names made for this are
 * resolved, so that nobody who may write a key can have the gateway send its master key to an address of theirs.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readVariable } from '@/lib/env'

const variable =
  /^(AKCP_SECRET_[A-Z0-9_]+|OPENAI_API_KEY|OPENAI_API_KEY_BACKUP|PROVIDER_[A-Z0-9_-]+_API_KEY)$/
const fileName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/

/** Throws with a reason that names the reference, never the value. */
export function resolveReference(reference: string, secretsDir: string | undefined): string {
  const [kind, name = ''] = reference.split(/:(.*)/s)
  if (kind === 'env' && variable.test(name)) {
    const value = readVariable(name)?.trim()
    if (!value) throw new Error(`the variable ${name} is not set in the gateway's environment`)
    return value
  }
  if (kind === 'file' && fileName.test(name)) {
    if (!secretsDir) throw new Error('SECRETS_DIR is not set in the gateway’s environment')
    return readSecretFile(secretsDir, name)
  }
  throw new Error(`${reference} is not a reference; use env:AKCP_SECRET_… or file:NAME in SECRETS_DIR`)
}

function readSecretFile(directory: string, name: string): string {
  let value: string
  try {
    value = readFileSync(join(directory, name), 'utf8').trim()
  } catch (error) {
    throw new Error(`the file ${name} in SECRETS_DIR cannot be read`, { cause: error })
  }
  if (!value) throw new Error(`the file ${name} in SECRETS_DIR is empty`)
  return value
}
