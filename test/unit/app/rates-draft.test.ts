import { describe, expect, it } from 'vitest'
import {
  draftOfRates,
  ratesBody,
  withoutRate,
  withUsd,
} from '@/app/(portal)/settings/organisation/rates-draft'
import { defaultRates, ratesWith } from '@/lib/exchange-rates'
import { settingsPatch } from '@/lib/schemas/settings'

const today = '2026-03-10'
const set = { GBP: { usd: 1.3, as_of: '2026-03-01', source: 'set' as const } }
const drafts = draftOfRates(ratesWith(set))
const of = (currency: string) => {
  const draft = drafts.find((one) => one.currency === currency)
  if (!draft) throw new Error(`no rate of ${currency}`)
  return draft
}

describe('the form of exchange rates', () => {
  it('sends what was set, and of ours only what was changed', () => {
    expect(ratesBody(drafts)).toEqual(set)
    const changed = drafts.map((draft) =>
      draft.currency === 'CNY' ? withUsd(draft, '0.1391', today) : draft,
    )
    expect(ratesBody(changed)).toEqual({ ...set, CNY: { usd: 0.1391, as_of: today, source: 'set' } })
    expect(settingsPatch.safeParse({ exchange_rates: ratesBody(changed) }).error).toBeUndefined()
  })

  it('dates another amount today, and the old amount as it was', () => {
    const typed = withUsd(of('GBP'), '1.31', today)
    expect(typed.asOf).toBe(today)
    expect(withUsd(typed, '1.3', today).asOf).toBe('2026-03-01')
    expect(withUsd({ ...typed, asOf: '2026-03-05' }, '1.32', today).asOf).toBe('2026-03-05')
    expect(ratesBody([{ ...of('CNY'), asOf: today }]).CNY).toMatchObject({
      usd: defaultRates.CNY?.usd,
      as_of: today,
    })
  })

  it('takes a currency away, or back to our own rate', () => {
    expect(ratesBody(withoutRate(drafts, of('GBP')))).toEqual({})
    const own = drafts.map((draft) => (draft.currency === 'EUR' ? withUsd(draft, '1', today) : draft))
    const euro = own.find(({ currency }) => currency === 'EUR')
    const back = euro ? withoutRate(own, euro) : []
    expect(back.find(({ currency }) => currency === 'EUR')?.usd).toBe(String(defaultRates.EUR?.usd))
    expect(ratesBody(back)).toEqual(set)
  })

  it('takes a new currency in whatever case it was typed', () => {
    const added = { key: 9, currency: 'jpy ', usd: '0.0064', asOf: today, before: null }
    expect(ratesBody([added])).toEqual({ JPY: { usd: 0.0064, as_of: today, source: 'set' } })
  })
})
