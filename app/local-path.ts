const anywhere = 'http://localhost'

/**
 * A path of this site with its query, or `/` for everything that a browser would read as another site: `//host`,
 * `/\host`, a tab between two slashes, dots that leave two slashes behind.
 */
export function localPath(path: string): string {
  if (!path.startsWith('/') || !URL.canParse(path, anywhere)) return '/'
  const { origin, pathname, search } = new URL(path, anywhere)
  return origin === anywhere && !pathname.startsWith('//') ? pathname + search : '/'
}
