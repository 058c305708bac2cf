import type { Db } from '@/lib/data/database'
import { type Key, listKeys, lockKey, updateKey } from '@/lib/data/keys'
import { note } from './actor'
import type { Invocation } from './command'

/** Far more than a team has. */
const all = { limit: 10_000, after: undefined }

/** A live provider key by its id or its name. */
export async function findKeyByReference(db: Db, reference: string): Promise<Key> {
  const keys = await listKeys(db, all)
  const found = keys.filter(({ key }) => key.id === reference || key.name === reference)
  const [first] = found
  if (first && found.length === 1) return first.key
  if (!first) {
    const names = keys.slice(0, 20).map(({ key }) => key.name)
    throw new Error(`there is no key ${reference}; there are ${names.join(', ') || 'none'}`)
  }
  const choices = found.map(({ key, provider }) => `${key.id} (${provider})`)
  throw new Error(`several keys are named ${reference}; give the id: ${choices.join(', ')}`)
}

/** In force in every gateway within a second. */
export async function switchKey(
  { database, args, print }: Invocation,
  action: 'enable' | 'disable',
): Promise<number> {
  const [reference] = args
  if (reference === undefined) throw new Error(`which key? npm run akcp -- ${action} KEY, by its name or id`)
  const { id, name } = await findKeyByReference(database.db, reference)
  const changed = await database.db.transaction(async (tx) => {
    const key = await lockKey(tx, id)
    if (!key || (key.status === 'disabled') === (action === 'disable')) return false
    await updateKey(tx, id, { status: action === 'disable' ? 'disabled' : 'active' })
    await note(tx, action, 'key', id)
    return true
  })
  print(changed ? `${action}d ${name} (${id})` : `${name} (${id}) is ${action}d already`)
  return 0
}
