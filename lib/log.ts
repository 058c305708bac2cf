import pino from 'pino'
import { env } from './env'

/** JSON lines on stdout with `timestamp`, `level` as a word and `service`. Never a prompt, a key or a header value. */
export const log = pino(
  {
    level: env().LOG_LEVEL,
    base: { service: env().ROLE === 'portal' ? 'portal' : 'gateway' },
    messageKey: 'message',
    errorKey: 'error',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }) },
  },
  // Gathered for up to half a second: a write per line would be among the dearest steps of a call. So would pieces much
  // larger than a line (`maxWrite`), as a piece is copied with each line that is added to it.
  pino.destination({ sync: false, minLength: 8000, maxWrite: 8192, periodicFlush: 500 }),
)

/** The message of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
