/** What the timeline of a key is made of, read with the portal's rights. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readKeyUse } from '@/lib/data/audit'
import { readHealthChanges } from '@/lib/data/health-events'
import { type HealthEventRow, writeKeyHealth } from '@/lib/data/key-health'
import { liveKeys } from '@/lib/data/keys'
import { newId } from '@/lib/id'
import { startAdmin, type TestAdmin } from '../support/admin'

const minute = 60_000
const start = Date.parse('2026-03-01T12:00:00Z')
const at = (minutes: number) => new Date(start + minutes * minute)

let admin: TestAdmin
let provider: { slug: string }
beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  provider = await admin.create('/providers', { slug: 'mock', base_url: 'http://127.0.0.1:9999/v1' })
})
afterAll(() => admin?.stop())

const newKey = (name: string, more = {}) =>
  admin.create('/keys', { provider: provider.slug, name, secret: `sk-${name}-0123456789`, ...more })

it('the changes of a range come with the last ones before it, of the key and of its models', async () => {
  const key = await newKey('watched')
  const other = await newKey('other')
  const event = (minutes: number, result: string, model?: string, keyId = key.id): HealthEventRow => ({
    id: newId(),
    ts: at(minutes),
    keyId,
    signal: 'canary',
    result,
    errorClass: result === 'up' ? null : 'rate',
    details: { ...(model && { model }), next_try_at: result === 'up' ? null : at(minutes + 1).toISOString() },
  })
  await writeKeyHealth(
    admin.gateway.db,
    [],
    [
      event(-90 * 24 * 60, 'cooling'),
      event(-50 * 24 * 60, 'down'),
      event(-3 * 24 * 60, 'cooling', 'old-model'),
      event(-20, 'cooling', 'm'),
      event(-10, 'up', 'm'),
      event(5, 'up'),
      event(10, 'cooling', 'm'),
      event(12, 'down', undefined, other.id),
      event(60, 'cooling'),
    ],
  )
  const range = { from: at(0), to: at(60) }
  const found = await readHealthChanges(admin.portal, [key.id], range, 10)
  expect(found.map(({ at: ms, state, model }) => [(ms - start) / minute, state, model])).toEqual([
    [-50 * 24 * 60, 'down', null],
    [-10, 'up', 'm'],
    [5, 'up', null],
    [10, 'cooling', 'm'],
  ])
  expect(found[3]).toMatchObject({
    signal: 'canary',
    reason: 'rate',
    next_try_at: at(11).getTime(),
  })
  const ofBoth = await readHealthChanges(admin.portal, [key.id, other.id], range, 10)
  expect(ofBoth.map(({ key_id }) => key_id).toSorted()).toEqual(
    [key.id, key.id, key.id, key.id, other.id].toSorted(),
  )
  const newest = await readHealthChanges(admin.portal, [key.id], range, 1)
  expect(newest.filter(({ at: ms }) => ms >= start).map(({ state }) => state)).toEqual(['cooling'])
})

it('it is known when a key was disabled, in every way that there is, and by whom', async () => {
  const key = await newKey('switched', { status: 'disabled' })
  const uses = async () =>
    (await readKeyUse(admin.portal, [key.id])).map(({ disabled, by }) => [disabled, by])
  expect(await uses()).toEqual([[true, 'environment']])
  await admin.call('POST', `/keys/${key.id}/enable`)
  await admin.call('PATCH', `/keys/${key.id}`, { owner: 'ada' })
  await admin.call('PATCH', `/keys/${key.id}`, { status: 'disabled' })
  await admin.call('PATCH', `/keys/${key.id}`, { status: 'standby' })
  await admin.call('PATCH', `/keys/${key.id}`, { status: 'active' })
  expect((await uses()).map(([disabled]) => disabled)).toEqual([true, false, true, false])
})

it('keys that are archived have no page to lead to', async () => {
  const [kept, gone] = [await newKey('kept'), await newKey('gone')]
  await admin.call('DELETE', `/keys/${gone.id}`)
  expect([...(await liveKeys(admin.portal.db, [kept.id, gone.id, newId(), 'no id']))]).toEqual([kept.id])
  expect([...(await liveKeys(admin.portal.db, []))]).toEqual([])
})
