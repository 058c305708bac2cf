import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LedgerRow } from '@/lib/data/ledger'
import { nanosToUsd } from '@/lib/format'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type FilledLedger, fillLedger, minute, named, start } from '../support/ledger-rows'

let admin: TestAdmin
let ledger: FilledLedger
beforeAll(async () => {
  admin = await startAdmin()
  ledger = await fillLedger(admin)
})
afterAll(() => admin?.stop())

describe('requests', () => {
  const newestFirst = () =>
    ledger.rows
      .filter((row) => row.kind === 'call')
      .toSorted((a, b) => Date.parse(b.ts) - Date.parse(a.ts) || (a.id < b.id ? 1 : -1))

  it('are listed once each, newest first, also where times are equal', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const { json } = await admin.call(
        'GET',
        `/requests?to=2026-03-02T00:00:00Z&limit=73${cursor && `&cursor=${cursor}`}`,
      )
      seen.push(...json.data.map((row: { id: string }) => row.id))
      cursor = json.next_cursor ?? ''
    } while (cursor)
    expect(seen).toEqual(newestFirst().map((row) => row.id))
  })

  it.each([
    ['tenant=acme', (row: LedgerRow) => row.tenant === 'acme'],
    ['provider=one', (row: LedgerRow) => row.provider_id === ledger.providers[0]?.id],
    [
      'key=key+of+two&outcome=ok',
      (row: LedgerRow) => row.key_id === ledger.keys[1]?.id && row.outcome === 'ok',
    ],
    ['app=web&status=429', (row: LedgerRow) => row.app_id === ledger.apps[0]?.id && row.status === 429],
    [
      'error_class=quota&from=2026-03-01T16:30:00Z',
      (row: LedgerRow) => row.error_class === 'quota' && Date.parse(row.ts) >= start + 40 * minute,
    ],
  ])('are filtered by %s', async (query, wanted) => {
    const { json } = await admin.call('GET', `/requests?limit=200&to=2026-03-02T00:00:00Z&${query}`)
    const ids = newestFirst()
      .filter(wanted)
      .map((row) => row.id)
    expect(ids.length).toBeGreaterThan(0)
    expect(json.data.map((row: { id: string }) => row.id)).toEqual(ids.slice(0, 200))
  })

  it('show one call with its attempts and decision', async () => {
    const row = ledger.rows.find(
      (candidate) => candidate.outcome === 'ok' && candidate.kind === 'call',
    ) as LedgerRow
    const { json } = await admin.call('GET', `/requests/${row.id}`)
    expect(json).toMatchObject({
      id: row.id,
      ts: row.ts,
      provider: named(ledger.providers, row.provider_id)?.slug,
      cost_usd: nanosToUsd(BigInt(row.cost_nanos)),
      attempts: row.attempts,
      decision: { strategy: 'round_robin' },
    })
    const { json: list } = await admin.call('GET', `/requests?request_id=${row.request_id}`)
    expect(list.data).toMatchObject([{ id: row.id, attempts: 1 }])
  })

  it('are exported whole as CSV and JSON lines', async () => {
    const query = 'from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z'
    const jsonl = (await admin.send('GET', `/requests.jsonl?${query}`)).text.trim().split('\n')
    expect(jsonl.map((line) => JSON.parse(line).id)).toEqual(newestFirst().map((row) => row.id))
    const csv = (await admin.send('GET', `/requests.csv?${query}`)).text.trim().split('\n')
    expect(csv).toHaveLength(newestFirst().length + 1)
    const withProbes = (await admin.send('GET', `/requests.csv?${query}&include=probes`)).text
      .trim()
      .split('\n')
    expect(withProbes).toHaveLength(ledger.rows.length + 1)
    expect(csv[0]).toMatch(
      /^id,ts,request_id,app_id,key_id,pool,provider,environment,tenant,project,feature,endpoint,model,served_model,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd,cost_source,latency_ms,ttft_ms,status,error_class,attempts(,|$)/,
    )
    expect(csv.join('\n')).not.toMatch(/(^|,)=1\+1/m)
  })
})
