import pino from 'pino'
import { env } from './env'

const gatherMs = 100
/** More would outlive a collection or two of short-lived objects. */
const gatherLines = 64
let lines: string[] = []
let timer: NodeJS.Timeout | null = null

// Before the destination's own handlers, which write what it has been given.
process.on('beforeExit', handOver).on('exit', handOver)
/** Writes nothing before it is told to: a write under way when the process ends is cut off. */
const destination = pino.destination({
  sync: false,
  minLength: 2 ** 30 - 1,
  maxWrite: 2 ** 30,
  periodicFlush: 500,
})

/**
 * A write for each line would be among the dearest steps of a call; and the destination, if it is to gather them, measures
 * with each line all that it has gathered.
 */
function gather(line: string): void {
  if (lines.push(line) >= gatherLines) write()
  else timer ??= setTimeout(write, gatherMs).unref()
}

function write(): void {
  if (timer) clearTimeout(timer)
  timer = null
  handOver()
  destination.flush()
}

function handOver(): void {
  if (lines.length > 0) destination.write(lines.join(''))
  lines = []
}

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
  { write: gather },
)

/** The message of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
