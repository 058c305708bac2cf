/** Undoes what was started, in reverse order, on a signal or when the start fails. */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorText } from '@/lib/log'

type Undo = (hurry: AbortSignal) => unknown

/** Ctrl-C under npm arrives twice: from the terminal and from npm. */
const sameSignalMs = 1000
/** A start in progress is let finish, so that it leaves nothing behind that nobody knows of. */
const startLimitMs = 15_000
/** Once someone is in a hurry, each step gets this long: the five or so of them end within 5 s. */
const hurriedStepMs = 800

export type Shutdown = {
  /** The last one added is undone first. */
  add(name: string, undo: Undo): void
  /** Undoes everything, then ends the process. */
  run(exitCode: number): Promise<never>
  /** Begins on SIGINT, SIGTERM or SIGHUP. */
  listen(starting: Promise<unknown>): void
}

export function createShutdown(say: (line: string) => void): Shutdown {
  const steps: { name: string; undo: Undo }[] = []
  const hurry = new AbortController()
  let ending: Promise<never> | null = null

  async function undoAll(exitCode: number): Promise<never> {
    for (const { name, undo } of steps.toReversed()) {
      const done = Promise.resolve(undo(hurry.signal)).catch((error) => say(`${name}: ${errorText(error)}`))
      await Promise.race([done, whenHurried(hurry.signal)])
    }
    process.exit(exitCode)
  }
  const run = (exitCode: number) => {
    ending ??= undoAll(exitCode)
    return ending
  }
  const listen = (starting: Promise<unknown>) => {
    let firstAt = 0
    const onStop = async () => {
      const now = Date.now()
      if (firstAt && now - firstAt > sameSignalMs) hurry.abort()
      if (firstAt) return
      firstAt = now
      say('stopping')
      await Promise.race([starting.catch(() => {}), sleep(startLimitMs), whenHurried(hurry.signal)])
      await run(0)
    }
    process.on('SIGINT', onStop).on('SIGTERM', onStop).on('SIGHUP', onStop)
  }
  return { add: (name, undo) => steps.push({ name, undo }), run, listen }
}

async function whenHurried(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  await sleep(hurriedStepMs)
}
