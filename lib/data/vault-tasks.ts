import { eq, sql } from 'drizzle-orm'
import { vaultTasks } from '@/drizzle/schema'
import { newId } from '@/lib/id'
import type { Database, Db } from './database'

/** What a gateway may be asked to do with an opened secret. */
export type VaultTask = { id: string } & (
  | { kind: 'probe_key'; input: { key_id: string } }
  | { kind: 'test_channel'; input: { channel_id: string } }
  | { kind: 'probe_secret'; input: { base_url: string; headers: Record<string, string> }; sealed: Buffer }
)

/** Adds a task, `id` given where its secret is sealed for it; a gateway is told at once. */
export async function addVaultTask(
  db: Db,
  task: { id?: string; kind: VaultTask['kind']; input: VaultTask['input']; sealed?: Buffer },
): Promise<string> {
  const id = task.id ?? newId()
  await db.insert(vaultTasks).values({ ...task, id })
  return id
}

/** The result, or null when none has come within `ms`. */
export async function awaitVaultTask(db: Db, id: string, ms: number): Promise<unknown> {
  const deadline = Date.now() + ms
  while (Date.now() < deadline) {
    const [row] = await db
      .select({ result: vaultTasks.result, doneAt: vaultTasks.doneAt })
      .from(vaultTasks)
      .where(eq(vaultTasks.id, id))
    if (row?.doneAt) return row.result
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return null
}

/** Takes the oldest open task, so that no other process does it too; one that was taken and not done is taken again. */
export async function takeVaultTask({ sql: client }: Database, processId: string): Promise<VaultTask | null> {
  const [row] = await client<(VaultTask & { sealed: Buffer })[]>`
    update vault_tasks set taken_by = ${processId}, taken_at = now()
    where id = (
      select id from vault_tasks
      where done_at is null and created_at > now() - interval '1 minute'
        and (taken_at is null or taken_at < now() - interval '20 seconds')
      order by created_at for update skip locked limit 1)
    returning id, kind, input, sealed`
  return row ?? null
}

export async function finishVaultTask(db: Db, id: string, result: unknown): Promise<void> {
  await db.update(vaultTasks).set({ result, doneAt: sql`now()`, sealed: null }).where(eq(vaultTasks.id, id))
}
