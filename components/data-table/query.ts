import type { Route } from 'next'

/** What a page gets as `await searchParams`. */
export type SearchParams = Record<string, string | string[] | undefined>

export type Sort<Column extends string = string> = { column: Column; descending: boolean }

/** The same address with some parameters changed; null, '' and [] remove one. Anything but a page turn starts at the first page. */
export function withParams(
  path: string,
  current: SearchParams,
  changes: Record<string, string | string[] | null>,
): Route {
  const query = new URLSearchParams()
  const restart = 'cursor' in changes ? {} : { cursor: null }
  for (const [name, value] of Object.entries({ ...current, ...restart, ...changes })) {
    for (const text of [value ?? []].flat()) if (text !== '') query.append(name, text)
  }
  return (query.size > 0 ? `${path}?${query}` : path) as Route
}

/** `-spend` is by spend, largest first. */
export function sortText({ column, descending }: Sort): string {
  return descending ? `-${column}` : column
}

/** What a click on a column's header asks for: the other direction, or the column's own first direction. */
export function nextSort<Column extends string>(
  current: Sort<Column>,
  column: Column,
  descendingFirst: boolean,
): Sort<Column> {
  const descending = current.column === column ? !current.descending : descendingFirst
  return { column, descending }
}
