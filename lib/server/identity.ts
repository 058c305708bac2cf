/** Under which user a program runs, when we are root and need not be. */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

export type Identity = { uid: number; gid: number }

/** `nobody`: it exists everywhere, so nothing has to be created on the host. PostgreSQL refuses to run as root. */
export const postgresIdentity: Identity = { uid: 65534, gid: 65534 }

/** Not the database's user, whose files the portal must not read; a number needs no name to be used. */
export const portalIdentity: Identity = { uid: 65533, gid: 65533 }

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** Whether `identity` may read `path` and pass through every folder above it, by the mode bits. */
export function canRead(path: string, identity: Identity): boolean {
  const target = statSync(path)
  const wanted = target.isDirectory() ? 0o5 : 0o4
  if ((bitsFor(target, identity) & wanted) !== wanted) return false
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if ((bitsFor(statSync(folder), identity) & 0o1) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function bitsFor(file: { uid: number; gid: number; mode: number }, identity: Identity): number {
  if (file.uid === identity.uid) return (file.mode >> 6) & 0o7
  if (file.gid === identity.gid) return (file.mode >> 3) & 0o7
  return file.mode & 0o7
}
