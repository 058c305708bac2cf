import { describe, expect, it } from 'vitest'
import type { Reading } from '@/lib/gateway/gauges'
import { createMetrics } from '@/lib/gateway/metrics'
import { ledgerRow } from '../../support/ledger-row'

const reading: Reading = {
  inFlight: () => 0,
  keys: () => [],
  budgets: () => [],
  overruns: () => 0,
  limitsMode: () => 'memory',
  ledgerMode: () => 'ok',
  backlog: () => 0,
  lagSeconds: () => 0,
  journalBytes: () => 0,
  corruptLines: () => 0,
}

describe('the metrics of calls', () => {
  it('have at most 301 models, even of a provider that accepts any name', async () => {
    const metrics = createMetrics(reading)
    for (let n = 0; n < 1000; n++) {
      const row = ledgerRow({ ts: 0, served_model: `model-${n}`, outcome: 'ok' })
      metrics.countCall(row, row, 'any', 'pool', 1)
    }
    const text = await metrics.text()
    const models = new Set(
      [...text.matchAll(/akcp_requests_total\{.*model="([^"]+)"/g)].map(([, model]) => model),
    )
    expect(models.size).toBe(301)
    expect(text).toMatch(/akcp_requests_total\{.*model="other".*\} 700/)
  })

  it('forget keys that are gone, and count on when nobody asks', async () => {
    let keys = [{ id: 'k1', name: 'main', provider: 'openai', state: 'down' as const, score: 40 }]
    let overruns = 3
    const metrics = createMetrics({ ...reading, keys: () => keys, overruns: () => overruns })
    expect(await metrics.text()).toContain('akcp_key_state{key="k1",state="down"} 1')
    keys = []
    overruns = 5
    const text = await metrics.text()
    expect(text).not.toContain('k1')
    expect(text).toContain('akcp_budget_overruns_total 5')
  })
})
