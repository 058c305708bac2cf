import pino from 'pino'
import { env } from './env'

/** JSON lines on stdout with `timestamp`, `level` as a word and `service`. Never a prompt, a key or a header value. */
export const log = pino({
  level: env().LOG_LEVEL,
  base: { service: env().ROLE === 'portal' ? 'portal' : 'gateway' },
  messageKey: 'message',
  errorKey: 'error',
  timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
  formatters: { level: (level) => ({ level }) },
})

/** The message of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
