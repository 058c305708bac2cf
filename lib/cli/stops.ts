import { activeStops, insertStop, liftStop, stoppableId } from '@/lib/data/stops'
import { newId } from '@/lib/id'
import { stopInput } from '@/lib/schemas/stops'
import { actor, note } from './actor'
import type { Invocation } from './command'
import { findKeyByReference } from './key-switch'

/** Presses the stop button: in force in every gateway within a second. */
export async function press({ database, args, options, print }: Invocation): Promise<number> {
  const [scope, reference] = args
  const { mode, rpm, models, minutes, reason } = options
  const input = stopInput.safeParse({
    scope,
    ...(reference !== undefined && { id: reference }),
    ...(mode !== undefined && { mode }),
    ...(rpm !== undefined && { rpm: Number(rpm) }),
    ...(models !== undefined && { models: models.split(',') }),
    reason: reason ?? `pressed by ${actor()}`,
    ...(minutes !== undefined && { expires_at: inMinutes(minutes) }),
  })
  if (!input.success) {
    const [issue] = input.error.issues
    throw new Error(
      `${issue?.path.join('.') || 'stop'}: ${issue?.message}; npm run akcp -- help shows the form`,
    )
  }
  const { id: name = '', expires_at: expiresAt, ...values } = input.data
  const id = newId()
  await database.db.transaction(async (tx) => {
    const scopeId = await idOf({ database, scope: values.scope, name })
    await insertStop(tx, { id, ...values, scopeId, expiresAt, createdBy: actor() })
    await note(tx, 'create', 'stop', id, {
      scope: values.scope,
      scope_id: scopeId,
      mode: values.mode,
      reason: values.reason,
    })
  })
  print(`stopped (${values.mode}): ${values.scope} ${name}`.trim())
  print(`lift it with: npm run akcp -- lift ${id}`)
  return 0
}

type Named = { database: Invocation['database']; scope: string; name: string }

async function idOf({ database, scope, name }: Named): Promise<string> {
  if (scope === 'key') return (await findKeyByReference(database.db, name)).id
  if (scope !== 'app' && scope !== 'pool' && scope !== 'provider') return name
  const id = await stoppableId(database.db, scope, name)
  if (!id) throw new Error(`there is no ${scope} ${name}`)
  return id
}

function inMinutes(text: string): string {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new Error('--minutes: expected a whole number from 1')
  return new Date(Date.now() + Number(text) * 60_000).toISOString()
}

export async function listStops({ database, print }: Invocation): Promise<number> {
  const stops = await activeStops(database.db, null)
  if (stops.length === 0) print('nothing is stopped')
  for (const { stop, scopeName } of stops) {
    const until = stop.expiresAt ? `until ${stop.expiresAt.toISOString()}` : 'until it is lifted'
    print(
      `${stop.id}  ${stop.mode}  ${stop.scope} ${scopeName}  ${until}  ${stop.reason}  (${stop.createdBy})`,
    )
  }
  return 0
}

export async function liftStops({ database, args, options, print }: Invocation): Promise<number> {
  const ids = options.all ? (await activeStops(database.db, null)).map(({ stop }) => stop.id) : args
  if (ids.length === 0 && !options.all)
    throw new Error('which stop? give its id (npm run akcp -- stops lists them) or --all')
  for (const id of ids) {
    const lifted = await database.db.transaction(async (tx) => {
      const done = await liftStop(tx, id)
      if (done) await note(tx, 'archive', 'stop', id)
      return done
    })
    if (!lifted) throw new Error(`no stop ${id} is pressed`)
    print(`lifted ${id}`)
  }
  return 0
}
