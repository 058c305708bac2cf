/**
 * Journals that processes left behind when they died: their calls are written to the ledger, their money is given back,
 * and they go. It may be done twice, or by two processes at once: rows that the ledger has are not written again, and a
 * journal goes only when all of it is there.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isId } from '@/lib/id'
import { errorText, log } from '@/lib/log'
import { goneAfterMs, lives } from '@/lib/process-owner.mjs'
import { journalsIn, ownerFile, segmentName } from './journal'
import { decodeLines, endedRows } from './journal-lines'

const everyMs = 30_000
const atOnce = 500

export type Recovery = {
  dataDir: string
  ownId: string
  /** Resolves when the row is in the database. */
  push(json: string): Promise<void>
  /** Told of the rows of calls that never ended, when they are in the database. */
  interrupted(rows: string[]): void
  /** To be done when all calls of a process are in the database. */
  release(processId: string): Promise<void>
  /** Told how many lines could not be read. */
  corrupt(lines: number): void
}

/** Adopts journals now and every 30 s; returns what ends it. */
export function startRecovery(recovery: Recovery, thereafter: (here: string[]) => Promise<void>): () => void {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const round = async () => {
    try {
      await adoptJournals(recovery, () => stopped)
      await thereafter(await journalsHere(recovery.dataDir))
    } catch (error) {
      if (!stopped) log.warn({ error: errorText(error) }, 'what dead processes left could not be cleared yet')
    }
    if (!stopped) timer = setTimeout(round, everyMs).unref()
  }
  void round()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** Never those of living processes, also when they are only stopped. */
export async function adoptJournals(recovery: Recovery, isStopped = () => false): Promise<void> {
  const journals = journalsIn(recovery.dataDir)
  for (const id of await journalsHere(recovery.dataDir)) {
    if (isStopped()) return
    if (id === recovery.ownId || !(await isDead(join(journals, id)))) continue
    try {
      await adopt(recovery, id)
    } catch (error) {
      log.warn(
        { error: errorText(error), process_id: id },
        'the journal of a dead process could not be adopted yet',
      )
    }
  }
}

/** The processes whose journals are on this machine. */
async function journalsHere(dataDir: string): Promise<string[]> {
  const names = await readdir(journalsIn(dataDir)).catch(() => [])
  return names.filter(isId)
}

async function adopt({ dataDir, push, interrupted, release, corrupt }: Recovery, id: string): Promise<void> {
  const folder = join(journalsIn(dataDir), id)
  const open = new Map<string, string>()
  let ended = 0
  let unread = 0
  for (const name of (await readdir(folder)).filter((name) => segmentName.test(name)).sort()) {
    const decoded = decodeLines(await readFile(join(folder, name)))
    unread += decoded.corrupt
    const rows = endedRows(decoded.lines, open)
    ended += rows.length
    await pushAll(push, rows)
  }
  const cutOff = [...open.values()]
  await pushAll(push, cutOff)
  interrupted(cutOff)
  corrupt(unread)
  await release(id)
  await rm(folder, { recursive: true, force: true })
  log.warn(
    { process_id: id, ended, interrupted: cutOff.length, corrupt_lines: unread },
    'the calls of a process that died are in the ledger',
  )
}

async function pushAll(push: Recovery['push'], rows: string[]): Promise<void> {
  for (let start = 0; start < rows.length; start += atOnce) {
    await Promise.all(rows.slice(start, start + atOnce).map(push))
  }
}

async function isDead(folder: string): Promise<boolean> {
  const file = join(folder, ownerFile)
  try {
    const { mtimeMs } = await stat(file)
    const owner = JSON.parse(await readFile(file, 'utf8'))
    return !lives(owner, Date.now() - mtimeMs)
  } catch {
    // Its owner was cut off before it was named, or is about to name itself.
    const made = await stat(folder).catch(() => null)
    return made !== null && Date.now() - made.mtimeMs > goneAfterMs
  }
}
