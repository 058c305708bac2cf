import { env } from '@/lib/env'
import { connect, type Database } from './database'

const shared = globalThis as { akcpPortalDatabase?: Database }

/**
 * The connections of the Next process, made at first use. They hang on `globalThis` because Next may load this
 * file once per bundle, and again on each change in development.
 */
export function portalDatabase(): Database {
  const { DATABASE_URL } = env()
  if (!DATABASE_URL) throw new Error('DATABASE_URL is not set in the portal process')
  shared.akcpPortalDatabase ??= connect(DATABASE_URL, { name: 'akcp-portal' })
  return shared.akcpPortalDatabase
}
