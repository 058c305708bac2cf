/** The secrets that a process needs before it can serve: given, kept in the data folder, or refused. */
import { hkdfSync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Env, EnvError } from '@/lib/env'
import { keepSecret } from './secret-file'

export type Keys = { masterKey: Buffer | null; pepper: Buffer; sessionSecret: string }

const recipe = `node -e "console.log(require('node:crypto').randomBytes(32).toString('base64'))"`

/** Throws one line that says how to make what is missing. A portal gets no master key. */
export function loadKeys(env: Env): Keys {
  const embedded = env.DATABASE_URL === undefined
  const get = (name: 'AKCP_MASTER_KEY' | 'AKCP_APP_KEY_PEPPER', file: string): Buffer => {
    const given = env[name]
    if (given) return given
    if (embedded) return fromFile(env.DATA_DIR, file, name)
    throw new EnvError(
      `${name} is needed with DATABASE_URL: 32 bytes in base64, the same for every process; make one with: ${recipe}`,
    )
  }
  const pepper = get('AKCP_APP_KEY_PEPPER', 'pepper.key')
  const masterKey = env.ROLE === 'portal' ? null : get('AKCP_MASTER_KEY', 'master.key')
  return { masterKey, pepper, sessionSecret: env.NEXTAUTH_SECRET ?? derive(pepper, 'portal sessions') }
}

function fromFile(dataDir: string, name: string, variable: string): Buffer {
  const file = join(dataDir, name)
  if (!existsSync(file) && existsSync(join(dataDir, 'postgres'))) {
    throw new Error(
      `${file} is missing, and what the database holds cannot be used without it: put it back from a backup, or set ${variable}`,
    )
  }
  const key = Buffer.from(
    keepSecret(file, () => randomBytes(32).toString('base64')),
    'base64',
  )
  if (key.length !== 32)
    throw new Error(`${file} is damaged: expected 32 bytes in base64; put it back from a backup`)
  return key
}

/** A secret for one purpose out of another (HKDF-SHA-256): the same on every process that has the first. */
export function derive(key: Buffer, purpose: string): string {
  return Buffer.from(hkdfSync('sha256', key, '', `akcp ${purpose}`, 32)).toString('base64url')
}
