/**
 * The lines of a journal, `crc32 kind id json`, and what they say about calls. Pure.
 *
 * `A` comes before each attempt of a call and holds the row that stands if nothing more is heard of it; a later line of
 * the call replaces it. `U` holds the row of a call that has ended.
 */
import { crc32 } from 'node:zlib'

export type LineKind = 'A' | 'U'
export type Line = { kind: LineKind; id: string; json: string }

const [space, newLine, sumBytes] = [0x20, 0x0a, 8]

/** The most bytes that the line can take. */
export function longestLine({ id, json }: Line): number {
  return sumBytes + 3 * (id.length + json.length) + ' A  \n'.length
}

/** Puts the line into a buffer, which must have room for the longest; returns where it ends. */
export function encodeLine({ kind, id, json }: Line, into: Buffer, at: number): number {
  const start = at + sumBytes + 1
  let end = start + into.write(`${kind} ${id} `, start)
  end += into.write(json, end)
  into.write(checksum(into.subarray(start, end)), at, 'latin1')
  into[start - 1] = space
  into[end] = newLine
  return end + 1
}

/** The lines of a piece of a journal, and how many could not be read: torn when their process ended, or damaged. */
export function decodeLines(bytes: Buffer): { lines: Line[]; corrupt: number } {
  const lines: Line[] = []
  let corrupt = 0
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(newLine, start)
    const line = end === -1 ? null : decodeLine(bytes.subarray(start, end))
    if (line) lines.push(line)
    else corrupt++
    start = end === -1 ? bytes.length : end + 1
  }
  return { lines, corrupt }
}

const form = /^([0-9a-f]{8}) (A|U) (\S+) (.*)$/

function decodeLine(bytes: Buffer): Line | null {
  const [, sum, kind, id = '', json = ''] = form.exec(bytes.toString()) ?? []
  if (sum === undefined || sum !== checksum(bytes.subarray(9))) return null
  return { kind: kind === 'A' ? 'A' : 'U', id, json }
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(sumBytes, '0')
}

/** The rows of calls that end in these lines. `open` is brought up to date: the rows, by id, of calls that have begun only. */
export function endedRows(lines: Line[], open: Map<string, string>): string[] {
  return lines.flatMap(({ kind, id, json }) => {
    if (kind === 'A') {
      open.set(id, json)
      return []
    }
    open.delete(id)
    return [json]
  })
}
