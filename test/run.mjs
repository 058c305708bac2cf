/**
 * Runs vitest (arguments are passed on, such as a file name; without any, all but the chaos tests) and ends on the line `N passed, N failed`, also when
 * vitest itself dies. Databases and data folders of the tests live in one temporary folder, removed at the end
 * together with every process that a test left behind.
 */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'akcp-test-'))
chmodSync(folder, 0o755) // PostgreSQL runs as another user when the tests run as root.
const report = join(folder, 'report.json')
const ownGroup = process.platform !== 'win32'

const vitest = spawn(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    ...['run', '--config', 'test/vitest.config.ts'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...(process.argv.length > 2 ? process.argv.slice(2) : ['--project', '!chaos']),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_FOLDER: folder }, detached: ownGroup },
)
// On SIGINT vitest still ends its servers; what has not ended in time is ended below.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    vitest.kill('SIGINT')
    setTimeout(() => vitest.kill('SIGKILL'), 20_000).unref()
  })
}

const exitCode = await new Promise((resolve) => {
  vitest.on('error', () => resolve(1))
  vitest.on('exit', (code) => resolve(code ?? 1))
})
const { passed, failed, skipped } = count(readReport())
if (process.argv.includes('chaos')) printChaos()
await endWhatIsLeft()
rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return undefined
  }
}

function count(results) {
  if (!results) return { passed: 0, failed: 1, skipped: 0 }
  const brokenFiles = results.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failed = results.numFailedTests + brokenFiles
  return {
    passed: results.numPassedTests,
    failed: exitCode !== 0 ? Math.max(1, failed) : failed,
    skipped: results.numTotalTests - results.numPassedTests - results.numFailedTests,
  }
}

/** What the chaos scenarios have measured, a line each: see README.md. */
function printChaos() {
  const file = join(folder, 'chaos.jsonl')
  if (!existsSync(file)) return
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  console.log(`\nSeed ${rows[0].seed} (the same again: CHAOS_SEED=${rows[0].seed})\n`)
  console.log('| row | what was done | figures | |\n| --- | --- | --- | --- |')
  for (const { row, what, figures, passed } of rows.sort((a, b) => Number(a.row) - Number(b.row))) {
    const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
    console.log(`| ${row} | ${what} | ${told.join(', ')} | ${passed ? 'pass' : 'FAIL'} |`)
  }
}

/** Nothing, unless vitest or a test died before it could stop what it had started. */
async function endWhatIsLeft() {
  const left = [...(ownGroup && vitest.pid ? [-vitest.pid] : []), ...databases()]
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (let tries = 0; tries < 50 && left.some((pid) => send(pid, 0)); tries++) {
      if (tries === 0) for (const pid of left) send(pid, pid > 0 && signal === 'SIGTERM' ? 'SIGQUIT' : signal)
      await sleep(100)
    }
  }
}

/** The servers have groups of their own; the first line of the file is the process id. */
function databases() {
  return readdirSync(folder).flatMap((name) => {
    try {
      const pid = Number(readFileSync(join(folder, name, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
      return pid > 1 ? [pid] : []
    } catch {
      return []
    }
  })
}

/** False when there is no such process or group (any more). */
function send(pid, signal) {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
