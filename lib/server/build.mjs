/**
 * Installing and building, each only when its input has changed. No static imports of packages: they may not be
 * installed yet.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mendPostgres } from './mend-postgres.mjs'
import { say, step } from './terminal.mjs'

const marker = 'dist/built.json'
const shared = ['package.json', 'package-lock.json', 'tsconfig.json', 'drizzle/schema.ts']
const inputs = {
  server: [...shared, 'lib'],
  portal: [...shared, 'app', 'components', 'lib', 'next.config.ts'],
}

/** The program that runs now, so that a stop can end it. @type {import('node:child_process').ChildProcess | null} */
let running = null

/** `npm ci`, unless node_modules holds what the lockfile says; and what must be mended in it. */
export async function install() {
  if (!isInstalled()) {
    await step('installing packages (npm ci)', () =>
      runToEnd('npm ci', [...npm(), 'ci', '--include=dev', '--no-audit', '--no-fund'], process.env),
    )
  }
  if (!mendPostgres()) {
    say(
      'warning: node_modules cannot be written, so a reset of the database may end this process (start once as its owner)',
    )
  }
}

/** Bundles lib/server/main.ts into dist/main.mjs. */
export async function bundleServer() {
  const hash = hashOf(inputs.server)
  if (existsSync('dist/main.mjs') && builtHash('server') === hash) return
  await step('building the server', async () => {
    const esbuild = await import('esbuild')
    await esbuild.build({
      entryPoints: ['lib/server/main.ts'],
      outfile: 'dist/main.mjs',
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      sourcemap: true,
      logLevel: 'error',
    })
    await esbuild.stop()
    remember('server', hash)
  })
}

/** `next build`. It gets none of our variables: nothing secret may end up in a page. */
export async function buildPortal() {
  const hash = hashOf(inputs.portal)
  if (existsSync('.next/BUILD_ID') && builtHash('portal') === hash) return
  await step('building the portal (up to a minute)', async () => {
    const own =
      /^(AKCP_|PROVIDER_|NEXTAUTH_|OIDC_|FEISHU_|OPENAI_|UPSTASH_|DATABASE_URL|REDIS_URL|.*_SECRET$|.*_TOKEN$)/
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
    await runToEnd('next build', [process.execPath, 'node_modules/next/dist/bin/next', 'build'], {
      ...environment,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      __NEXT_PROCESSED_ENV: 'true',
    })
    remember('portal', hash)
  })
}

/** Ends the program that runs now, with everything it started. */
export function stopRunning() {
  if (!running?.pid) return
  if (process.platform === 'win32') running.kill()
  else process.kill(-running.pid, 'SIGTERM')
}

/** npm writes node_modules/.package-lock.json last: an interrupted install has none. */
function isInstalled() {
  const installed = readJson('node_modules/.package-lock.json')
  const wanted = readJson('package-lock.json')
  if (!wanted) throw new Error('package-lock.json is missing: this is not a whole copy of AKCP')
  if (!installed) return false
  return Object.entries(wanted.packages).every(
    ([path, entry]) =>
      path === '' || entry.optional || installed.packages[path]?.integrity === entry.integrity,
  )
}

/** The npm that started us, else the one beside this Node, else the one in PATH. */
function npm() {
  const beside = dirname(process.execPath)
  const places = [
    process.env.npm_execpath ?? '',
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
  ]
  const script = places.find((place) => place.endsWith('npm-cli.js') && existsSync(place))
  return script ? [process.execPath, script] : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/**
 * Runs a program silently; what it printed is shown only when it fails.
 * @param {string} name
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<void>}
 */
function runToEnd(name, [program = '', ...args], environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    running = child
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-20_000)
      })
    }
    child.on('error', (error) => reject(new Error(`${name} could not run: ${error.message}`)))
    child.on('close', (code) => {
      running = null
      if (code === 0) return resolve()
      process.stderr.write(`\n${output}\n`)
      reject(new Error(`${name} failed (exit code ${code}); its output is above`))
    })
  })
}

/**
 * SHA-256 over names and contents.
 * @param {string[]} paths
 */
function hashOf(paths) {
  const hash = createHash('sha256').update(process.versions.node)
  for (const path of paths.flatMap(filesUnder)) hash.update(`\n${path}\n`).update(readFileSync(path))
  return hash.digest('hex')
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)))
}

/** @param {'server' | 'portal'} part */
function builtHash(part) {
  return readJson(marker)?.[part]
}

/**
 * @param {'server' | 'portal'} part
 * @param {string} hash
 */
function remember(part, hash) {
  mkdirSync('dist', { recursive: true })
  writeFileSync(marker, JSON.stringify({ ...readJson(marker), [part]: hash }))
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
