/** Does what needs an opened secret for those who may not open one: the portal writes a task, a gateway answers it. */
import type { Dispatcher } from 'undici'
import type { Database } from '@/lib/data/database'
import { finishVaultTask, takeVaultTask, type VaultTask } from '@/lib/data/vault-tasks'
import { checkOrigin } from '@/lib/egress'
import type { HealthBook } from '@/lib/health/book'
import { type ProbeResult, probe } from '@/lib/health/probe'
import { errorText, log } from '@/lib/log'
import type { Snapshot } from '@/lib/registry/snapshot'
import { open } from '@/lib/secrets/vault'
import { probeByHand } from './probes'

const pollMs = 1000

export type VaultTaskOptions = {
  database: Database
  processId: string
  privateKey: CryptoKey
  allowedOrigins: string[]
  upstream: Dispatcher
  health: HealthBook
  random: () => number
  refresh(): Promise<void>
  /** Sends a test message and says what the receiver answered. */
  testChannel(channelId: string): Promise<object>
  snapshot(): Snapshot
}

/** Returns what stops it. */
export async function startVaultTasks(options: VaultTaskOptions): Promise<() => Promise<void>> {
  let running: Promise<void> | null = null
  const work = () => {
    running ??= doAll(options)
      .catch((error) => log.warn({ error: errorText(error) }, 'vault tasks could not be read'))
      .finally(() => {
        running = null
      })
  }
  const timer = setInterval(work, pollMs)
  const listening = await options.database.sql.listen('vault_task', work).catch(() => null)
  return async () => {
    clearInterval(timer)
    await listening?.unlisten().catch(() => {})
    await running
  }
}

async function doAll(options: VaultTaskOptions): Promise<void> {
  for (
    let task = await takeVaultTask(options.database, options.processId);
    task;
    task = await takeVaultTask(options.database, options.processId)
  ) {
    const result = await answer(options, task).catch((error): ProbeResult => refused(errorText(error)))
    await finishVaultTask(options.database.db, task.id, result)
  }
}

async function answer(options: VaultTaskOptions, task: VaultTask): Promise<object> {
  if (task.kind === 'test_channel') return await options.testChannel(task.input.channel_id)
  if (task.kind === 'probe_key') return await probeKey(options, task.input.key_id)
  const { base_url, headers } = task.input
  const notAllowed = checkOrigin(base_url, options.allowedOrigins)
  if (notAllowed) return refused(notAllowed)
  const secret = await open(
    options.privateKey,
    { purpose: 'task', rowId: task.id, baseUrl: base_url },
    task.sealed,
  )
  return await probe(options.upstream, { baseUrl: base_url, headers, secret })
}

async function probeKey(options: VaultTaskOptions, keyId: string): Promise<ProbeResult> {
  await options.refresh()
  const key = [...options.snapshot().pools.values()]
    .flatMap((pool) => pool.members)
    .find((member) => member.key.id === keyId)?.key
  if (!key) return refused('the key is in no pool')
  if (key.secret === null) return refused(key.problem ?? 'the key has no secret')
  return await probeByHand(options, options.database, key)
}

function refused(error: string): ProbeResult {
  return { ok: false, ms: 0, status: null, class: null, error, retryAfterMs: null, models: [] }
}
