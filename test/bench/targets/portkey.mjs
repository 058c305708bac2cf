/**
 * Portkey's open-source gateway from npm, installed for this run into a temporary folder. It does no limits, no budgets
 * and no ledger.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { atEnd, cpuOf, familyOf, freePort, memoryOf, pin, startProgram } from '../programs.mjs'

const portkeyPackage = '@portkey-ai/gateway'
const version = '1.15.2'

/** Throws when npm cannot fetch it. */
export async function startPortkey(upstreamPort) {
  const folder = mkdtempSync(join(tmpdir(), 'akcp-bench-portkey-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  await promisify(execFile)('npm', [
    ...['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error'],
    `${portkeyPackage}@${version}`,
  ])
  const port = await freePort()
  const { pid } = await startProgram({
    name: 'Portkey',
    args: [
      join(folder, 'node_modules', portkeyPackage, 'build/start-server.js'),
      '--headless',
      `--port=${port}`,
    ],
    env: {},
    port,
    readyPath: '/',
    stderr: 'ignore', // It prints a stack for each stream.
  })
  pin(familyOf(pid), 'target')
  return {
    name: 'Portkey',
    version,
    port,
    path: '/v1/chat/completions',
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    },
    share: 0.2,
    cpu: () => cpuOf(familyOf(pid)),
    memory: () => memoryOf(pid),
  }
}
