/**
 * What this process has promised to the ledger, on its own disk: a file that is only appended to, in segments. Lines of
 * one turn of the event loop are written together. What was written survives the end of the process; every 20 ms it is
 * made to survive a power cut as well. A segment goes when all calls whose newest line it holds are in the database.
 */
import {
  closeSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { errorText, log } from '@/lib/log'
import { thisProcess, touchEveryMs } from '@/lib/process-owner.mjs'
import { decodeLines, encodeLine, type LineKind, longestLine } from './journal-lines'

const syncMs = 20
const retryMs = 1000
/** So much must fit on the disk before calls are admitted again. */
const spareBytes = 1024 ** 2
const gatheredBytes = 256 * 1024
const defaults = { segmentBytes: 4 * 1024 ** 2, maxBytes: 2 * 1024 ** 3 }

/** The file that names a journal's owner. */
export const ownerFile = 'owner'
export const segmentName = /^\d{8}\.log$/

/** What the journal has of one call. */
export type Entry = {
  /** The segment with its newest line; null before the first. */
  place: Place | null
  /** Whether the call is in the database. */
  committed: boolean
}

export type Place = {
  readonly number: number
  readonly file: string
  /** Null once it is full and on the disk. */
  fd: number | null
  bytes: number
  /** Calls whose newest line is here and that are not in the database. */
  calls: number
  synced: boolean
}

export type Position = { number: number; offset: number }

const sync = promisify(fdatasync)

export class Journal {
  readonly folder: string
  /** Lines of this process that could not be read back. */
  corruptLines = 0
  bytes = 0
  /** Why nothing can be written; null when all is well. */
  failure: string | null = null
  private readonly segments = new Map<number, Place>()
  private current: Place | null = null
  private nextNumber = 1
  private syncTimer: NodeJS.Timeout | null = null
  private syncing: Promise<void> = Promise.resolve()
  private retryTimer: NodeJS.Timeout | null = null
  private readonly touchTimer: NodeJS.Timeout
  private readonly limits: typeof defaults
  /** Lines that the file does not have yet, and whose they are. */
  private gathered = Buffer.allocUnsafe(gatheredBytes)
  private gatheredEnd = 0
  private waiting: Entry[] = []
  private writing: Promise<boolean> | null = null

  constructor(dataDir: string, processId: string, limits: Partial<typeof defaults> = {}) {
    this.folder = join(journalsIn(dataDir), processId)
    this.limits = { ...defaults, ...limits }
    try {
      this.makeFolder()
    } catch (error) {
      this.fail(error)
    }
    this.touchTimer = setInterval(() => this.touch(), touchEveryMs).unref()
  }

  /** True when calls must be refused: nothing can be written, or the database has been away for too long. */
  get full(): boolean {
    return this.failure !== null || this.bytes >= this.limits.maxBytes
  }

  /** Adds the newest line of a call, to be written with others; `written` tells when. False when nothing can be. */
  add(kind: LineKind, id: string, json: string, entry: Entry): boolean {
    if (this.failure !== null) return false
    const line = { kind, id, json }
    const longest = longestLine(line)
    if (longest > this.gathered.length - this.gatheredEnd && !this.flush()) return false
    if (longest > this.gathered.length) this.gathered = Buffer.allocUnsafe(longest)
    this.gatheredEnd = encodeLine(line, this.gathered, this.gatheredEnd)
    this.waiting.push(entry)
    void this.written()
    return true
  }

  /** Resolves when the lines added so far are in the file, within this turn of the event loop; false: none of them is. */
  written(): Promise<boolean> {
    this.writing ??= new Promise((resolve) => {
      setImmediate(() => {
        this.writing = null
        resolve(this.flush())
      })
    })
    return this.writing
  }

  /** Writes what was added, now. False when it could not be written: then none of it is, and each call keeps its place. */
  flush(): boolean {
    const { gatheredEnd: size, waiting } = this
    if (size === 0) return this.failure === null
    this.gatheredEnd = 0
    this.waiting = []
    try {
      const { place, fd } = this.placeFor(size)
      if (writeSync(fd, this.gathered, 0, size) < size) {
        ftruncateSync(fd, place.bytes)
        throw new Error('no space left on the disk')
      }
      place.bytes += size
      this.bytes += size
      place.synced = false
      for (const entry of waiting) move(entry, place)
      this.syncSoon()
      return true
    } catch (error) {
      this.fail(error)
      return false
    }
  }

  /** To be called when the call is in the database. */
  committed(entry: Entry): void {
    entry.committed = true
    const { place } = entry
    if (place && --place.calls === 0) this.syncSoon()
  }

  /** True when every call is in the database. */
  get settled(): boolean {
    return this.waiting.length === 0 && [...this.segments.values()].every(({ calls }) => calls === 0)
  }

  /** Where the next line comes, when nothing waits to be written. */
  get end(): Position {
    return this.current
      ? { number: this.current.number, offset: this.current.bytes }
      : { number: this.nextNumber, offset: 0 }
  }

  /** Rows of calls that ended, from `from` on: those of one segment. `next` is where to go on. */
  async read(from: Position): Promise<{ rows: { json: string; entry: Entry }[]; next: Position }> {
    const place = [...this.segments.values()].find(({ number }) => number >= from.number)
    if (!place) return { rows: [], next: this.end }
    const start = place.number === from.number ? from.offset : 0
    const end = place.bytes
    const { lines, corrupt } = decodeLines(await this.piece(place.file, start, end))
    this.corruptLines += corrupt
    const rows = lines.flatMap(({ kind, json }) => {
      return kind === 'U' ? [{ json, entry: { place, committed: false } }] : []
    })
    const isWhole = place !== this.current && end === place.bytes
    return {
      rows,
      next: isWhole ? { number: place.number + 1, offset: 0 } : { number: place.number, offset: end },
    }
  }

  /** Ends it; the folder goes when `remove` is true, and else waits for the process that comes next. */
  async close(remove: boolean): Promise<void> {
    clearInterval(this.touchTimer)
    if (this.retryTimer) clearInterval(this.retryTimer)
    if (this.syncTimer) clearTimeout(this.syncTimer)
    this.flush()
    await this.syncing
    await this.syncAll()
    this.failure = 'closed'
    for (const { fd } of this.segments.values()) if (fd !== null) closeSync(fd)
    this.segments.clear()
    if (remove) await rm(this.folder, { recursive: true, force: true })
  }

  /** What cannot be read stays where it is, for the next start. */
  private async piece(file: string, start: number, end: number): Promise<Buffer> {
    const piece = Buffer.alloc(end - start)
    try {
      const handle = await open(file)
      await handle.read(piece, 0, piece.length, start).finally(() => handle.close())
    } catch (error) {
      log.error(
        { error: errorText(error) },
        'a part of the journal cannot be read; its calls wait for the next start',
      )
      return Buffer.alloc(0)
    }
    return piece
  }

  private placeFor(size: number): { place: Place; fd: number } {
    const { current } = this
    if (current?.fd && current.bytes + size <= this.limits.segmentBytes)
      return { place: current, fd: current.fd }
    const number = this.nextNumber++
    const file = join(this.folder, `${String(number).padStart(8, '0')}.log`)
    const fd = openSync(file, 'ax', 0o600)
    const place = { number, file, fd, bytes: 0, calls: 0, synced: true }
    this.segments.set(number, place)
    this.current = place
    return { place, fd }
  }

  private syncSoon(): void {
    this.syncTimer ??= setTimeout(() => {
      this.syncTimer = null
      this.syncing = this.syncing.then(() => this.syncAll())
    }, syncMs).unref()
  }

  /** A segment goes only after what was written before: its calls may have moved to a later one. */
  private async syncAll(): Promise<void> {
    const over = [...this.segments.values()].filter((place) => place.calls === 0 && place !== this.current)
    try {
      for (const place of this.segments.values()) await this.sync(place)
      for (const { number, file, bytes } of over) {
        await rm(file, { force: true })
        this.segments.delete(number)
        this.bytes -= bytes
      }
    } catch (error) {
      this.fail(error)
    }
  }

  private async sync(place: Place): Promise<void> {
    if (place.fd === null) return
    if (!place.synced) {
      place.synced = true
      await sync(place.fd)
    }
    if (place === this.current || !place.synced) return
    closeSync(place.fd)
    place.fd = null
  }

  private fail(error: unknown): void {
    this.current = null
    if (this.failure !== null) return
    this.failure = errorText(error)
    log.error({ error: this.failure }, 'the journal cannot be written: calls are refused until it can')
    this.retryTimer = setInterval(() => void this.tryAgain(), retryMs).unref()
  }

  private async tryAgain(): Promise<void> {
    const probe = join(this.folder, 'probe')
    try {
      this.makeFolder()
      await writeFile(probe, Buffer.alloc(spareBytes), { flush: true })
      await rm(probe)
    } catch {
      await rm(probe, { force: true }).catch(() => {})
      return
    }
    if (this.failure === null || this.failure === 'closed') return
    if (this.retryTimer) clearInterval(this.retryTimer)
    this.failure = null
    log.warn('the journal can be written again')
  }

  /** The owner is named before anything else is there. */
  private makeFolder(): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    const file = join(this.folder, ownerFile)
    writeFileSync(`${file}.new`, JSON.stringify(thisProcess()), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }

  private touch(): void {
    try {
      utimesSync(join(this.folder, ownerFile), new Date(), new Date())
    } catch (error) {
      this.fail(error)
    }
  }
}

/** The call's newest line is in this segment now. */
function move(entry: Entry, place: Place): void {
  if (entry.committed) return
  if (entry.place) entry.place.calls--
  place.calls++
  entry.place = place
}

/** Journals of all processes with this data folder, by process id. */
export function journalsIn(dataDir: string): string {
  return join(dataDir, 'journal')
}
