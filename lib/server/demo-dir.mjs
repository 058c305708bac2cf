/**
 * The demo's data folder and environment. No dependencies: it runs before they are installed. The demo must never
 * touch a real database, key or channel, nor remove a folder that it has not made.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const marker = 'demo.txt'
const kept = ['PORT', 'HOST', 'DATA_DIR', 'NEXTAUTH_URL', 'TRUSTED_PROXIES', 'LOG_LEVEL']
const ours =
  /^(AKCP_|PROVIDER_|NEXTAUTH_|OIDC_|FEISHU_|OPENAI_|UPSTASH_|OTEL_|METRICS_|CRON_|DATABASE_URL$|REDIS_URL$|SECRETS_DIR$|ROLE$)/

/** Takes out what would reach beyond the demo, and fills in what it needs. */
export function setDemoEnvironment() {
  for (const name of Object.keys(process.env)) {
    if (ours.test(name) && !kept.includes(name)) delete process.env[name]
  }
  process.env.DATA_DIR = process.env.DATA_DIR?.trim() || './data/demo'
  process.env.LOG_LEVEL ||= 'warn'
  process.env.DRAIN_SECONDS ||= '10'
  process.env.AKCP_ALLOW_PRIVATE_ORIGINS = '127.0.0.1'
}

/**
 * Throws when there is something else in the folder.
 * @param {string} dataDir
 */
export function checkDemoDir(dataDir) {
  if (!existsSync(dataDir) || existsSync(join(dataDir, marker))) return
  if (readdirSync(dataDir).some((name) => name !== 'lock'))
    throw new Error(`${dataDir} holds something other than a demo: give DATA_DIR an empty or new folder`)
}

/** @param {string} dataDir */
export function markDemoDir(dataDir) {
  writeFileSync(
    join(dataDir, marker),
    'Simulated data of `npm run demo`. To remove it: npm run demo -- --reset\n',
  )
}

/**
 * A database that was left running after a crash ends by itself once its folder is gone.
 * @param {string} dataDir
 */
export function removeDemoDir(dataDir) {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
