import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeKeyHealth } from '@/lib/data/key-health'
import { newId } from '@/lib/id'
import { startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
const keys: { id: string; name: string }[] = []
/** The index of each event, newest first and, within a moment, last id first. */
const order: number[] = []
const start = Date.parse('2026-03-01T12:00:00.123Z')
beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  await admin.create('/providers', { slug: 'mock', base_url: 'http://127.0.0.1:9999/v1' })
  for (const name of ['one', 'two']) {
    keys.push(await admin.create('/keys', { provider: 'mock', name, secret: `sk-${name}-0123456789` }))
  }
  // Three at each moment, so that pages end within one.
  const events = Array.from({ length: 12 }, (_, index) => ({
    id: newId(),
    ts: new Date(start + Math.floor(index / 3) * 1000),
    keyId: keys[index % 2]?.id ?? '',
    signal: index % 4 ? ('real' as const) : ('canary' as const),
    result: index % 3 ? 'cooling' : 'up',
    errorClass: index % 3 ? 'rate' : null,
    details: { index },
  }))
  await writeKeyHealth(admin.gateway.db, [], events)
  const newest = events.toSorted((a, b) => +b.ts - +a.ts || (a.id < b.id ? 1 : -1))
  order.push(...newest.map(({ details }) => details.index))
})
afterAll(() => admin?.stop())

type Event = { id: string; ts: string; key_id: string; details: { index: number } }

async function allPages(query: string): Promise<Event[]> {
  const events: Event[] = []
  for (let cursor = ''; ; ) {
    const { json } = await admin.call('GET', `/health-events?limit=4${query}${cursor}`)
    events.push(...json.data)
    if (json.next_cursor === null) return events
    cursor = `&cursor=${json.next_cursor}`
  }
}

it('health events come newest first, page by page, each once', async () => {
  const events = await allPages('')
  expect(events.map((event) => event.details.index)).toEqual(order)
  expect(events.find((event) => event.details.index === 0)).toEqual({
    id: expect.any(String),
    ts: '2026-03-01T12:00:00.123Z',
    key_id: keys[0]?.id,
    key_name: 'one',
    signal: 'canary',
    result: 'up',
    error_class: null,
    details: { index: 0 },
  })
  const limited = events.find((event) => event.details.index === 11)
  expect(limited).toMatchObject({ signal: 'real', result: 'cooling', error_class: 'rate' })
})

it('health events of one key are found by its id, which must be one', async () => {
  const events = await allPages(`&key_id=${keys[1]?.id}`)
  expect(events.map((event) => event.details.index)).toEqual(order.filter((index) => index % 2 === 1))
  for (const [query, param] of [
    ['key_id=two', 'key_id'],
    ['cursor=WyJhIl0', 'cursor'],
    ['result=up', 'result'],
  ]) {
    expect(await admin.refusal('GET', `/health-events?${query}`)).toMatchObject({ status: 400, param })
  }
})
