import type { Page } from '@/lib/data/page'
import { isId } from '@/lib/id'
import { invalid } from './router'

/** Opaque to callers: the sort key of a page's last row. */
export function encodeCursor(parts: string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** Throws `invalid_request` on anything that `encodeCursor` did not make. */
export function decodeCursor(cursor: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(parts) && parts.every((part) => typeof part === 'string')) return parts
  } catch {
    // Falls through to the one refusal.
  }
  throw invalidCursor()
}

export function invalidCursor() {
  return invalid(
    'The cursor is not one of this list.',
    'cursor',
    'Use next_cursor of the page before, or leave cursor out to start again.',
  )
}

export function pageFrom({ limit, cursor }: { limit: number; cursor?: string }): Page {
  if (cursor === undefined) return { limit, after: undefined }
  const [after = '', ...rest] = decodeCursor(cursor)
  if (!isId(after) || rest.length > 0) throw invalidCursor()
  return { limit, after }
}

/** The cursor of a list that is ordered by time and, within the same moment, by id. */
export function timePosition(cursor: string): { ts: string; id: string } {
  const [ts = '', id = '', ...rest] = decodeCursor(cursor)
  if (Number.isNaN(Date.parse(ts)) || !isId(id) || rest.length > 0) throw invalidCursor()
  return { ts, id }
}

/** The answer of a list whose rows were read one past the limit. */
export function pageOf<Row, Item>(
  rows: Row[],
  limit: number,
  position: (row: Row) => string[],
  item: (row: Row) => Item,
): { data: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    data: shown.map(item),
    next_cursor: rows.length > limit && last ? encodeCursor(position(last)) : null,
  }
}
