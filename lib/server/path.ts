/**
 * The path to route on: decoded, without the query. Null for a path that two programs could read differently, so
 * that no request reaches the portal under a name that the front did not see.
 */
export function normalisePath(url: string): string | null {
  const end = url.indexOf('?')
  const raw = end === -1 ? url : url.slice(0, end)
  const path = raw.includes('%') ? decode(raw) : raw
  if (path === null || path[0] !== '/' || unsafe.test(path)) return null
  return path
}

/** Backslash, `#`, control characters, an empty segment, or one that is `.` or `..`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const unsafe = /[\\#\x00-\x20\x7f]|\/\/|\/\.{1,2}(?:\/|$)/

function decode(raw: string): string | null {
  if (/%(2f|5c|25)/i.test(raw)) return null
  try {
    return decodeURIComponent(raw)
  } catch {
    return null
  }
}
