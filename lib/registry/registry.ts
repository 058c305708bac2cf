/**
 * Keeps the snapshot true: `registry_version` is polled every second, `NOTIFY` makes that fast, and a refresh can be
 * awaited (after an admin change, and for an app key nobody knows yet). The secrets of keys are opened here.
 */

import type { Database } from '@/lib/data/database'
import { type AppKeyRow, type KeyRow, readRegistry, registryVersionNow } from '@/lib/data/registry'
import { checkOrigin } from '@/lib/egress'
import { errorText, log } from '@/lib/log'
import { resolveReference } from '@/lib/secrets/references'
import { open } from '@/lib/secrets/vault'
import { buildSnapshot, type OpenedSecret, type Snapshot } from './snapshot'

const pollMs = 1000

export type RegistryOptions = {
  database: Database
  privateKey: CryptoKey
  secretsDir: string | undefined
  allowedOrigins: string[]
}

export class Registry {
  private current: Snapshot | null = null
  private appKeyRows = new Map<string, AppKeyRow>()
  private opened = new Map<string, { from: string; result: OpenedSecret }>()
  private disabled = new Set<string>()
  private running: Promise<void> | null = null
  private again: Promise<void> | null = null
  private timer: NodeJS.Timeout | null = null
  private unlisten: (() => Promise<void>) | null = null
  /** Told when a key's secret is another one than before, or it has been enabled again. */
  onSecretChanged: (keyId: string) => void = () => {}
  /** When the database last answered, in milliseconds since the epoch. */
  seenAt = 0

  constructor(private readonly options: RegistryOptions) {}

  get snapshot(): Snapshot {
    if (!this.current) throw new Error('the registry has not been read yet')
    return this.current
  }

  async start(): Promise<void> {
    await this.refresh()
    this.timer = setInterval(() => this.refreshQuietly(), pollMs)
    const { sql } = this.options.database
    try {
      const { unlisten } = await sql.listen('registry', () => this.refreshQuietly())
      this.unlisten = unlisten
    } catch (error) {
      log.warn({ error: errorText(error) }, 'LISTEN is not available; changes take up to a second')
    }
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer)
    await this.unlisten?.().catch(() => {})
    await this.running?.catch(() => {})
  }

  /** Resolves when a read that began after this call has ended; callers at the same time share it. Throws when the database does not answer. */
  refresh(): Promise<void> {
    if (!this.running) {
      this.running = this.read().finally(() => {
        this.running = null
      })
      return this.running
    }
    this.again ??= this.running
      .catch(() => {})
      .then(() => {
        this.again = null
        return this.refresh()
      })
    return this.again
  }

  private refreshQuietly() {
    this.refresh().catch((error) => log.warn({ error: errorText(error) }, 'the registry could not be read'))
  }

  private async read(): Promise<void> {
    const { database } = this.options
    const version = await registryVersionNow(database.db)
    this.seenAt = Date.now()
    if (version === this.current?.version) return
    const rows = await readRegistry(database, this.current?.version ?? 0)
    for (const row of rows.appKeys) this.appKeyRows.set(row.publicId, row)
    const baseUrls = new Map(rows.providers.map((provider) => [provider.id, provider.baseUrl]))
    const opened = new Map(
      await Promise.all(
        rows.keys.map(
          async (row) => [row.id, await this.openSecret(row, baseUrls.get(row.providerId) ?? '')] as const,
        ),
      ),
    )
    this.tellChanges(rows.keys, opened)
    this.opened = opened
    const secrets = new Map([...opened].map(([id, { result }]) => [id, result]))
    this.current = buildSnapshot(rows, this.appKeyRows, secrets)
  }

  private tellChanges(keys: KeyRow[], opened: Map<string, { result: OpenedSecret }>): void {
    for (const { id, status } of keys) {
      const before = this.opened.get(id)?.result.secret
      const enabled = this.disabled.has(id) && status !== 'disabled'
      if (before !== undefined && (enabled || before !== opened.get(id)?.result.secret))
        this.onSecretChanged(id)
    }
    this.disabled = new Set(keys.filter(({ status }) => status === 'disabled').map(({ id }) => id))
  }

  /** Opening costs about a millisecond, so what has not changed is kept. References are read again each time. */
  private async openSecret(row: KeyRow, baseUrl: string): Promise<{ from: string; result: OpenedSecret }> {
    const from = row.secretRef ? '' : `${baseUrl} ${row.sealed?.toString('base64') ?? ''}`
    const known = this.opened.get(row.id)
    if (from && known?.from === from) return known
    return { from, result: await this.readSecret(row, baseUrl) }
  }

  private async readSecret(row: KeyRow, baseUrl: string): Promise<OpenedSecret> {
    const refused = checkOrigin(baseUrl, this.options.allowedOrigins)
    if (refused) return { secret: null, problem: refused }
    try {
      if (row.secretRef)
        return { secret: resolveReference(row.secretRef, this.options.secretsDir), problem: null }
      if (!row.sealed) return { secret: null, problem: 'its secret has not been entered' }
      const context = { purpose: 'key', rowId: row.id, baseUrl } as const
      return { secret: await open(this.options.privateKey, context, row.sealed), problem: null }
    } catch (error) {
      const problem = row.secretRef ? errorText(error) : 'its sealed secret cannot be opened; enter it again'
      log.warn({ key_id: row.id, error: problem }, 'a key cannot be used')
      return { secret: null, problem }
    }
  }
}
