/** What the form of exchange rates holds, and what is sent for it. Pure. */
import { defaultRates, type Rate, type Rates } from '@/lib/exchange-rates'

export type RateDraft = {
  key: number
  currency: string
  usd: string
  asOf: string
  /** As it was: what is not touched stays ours, or theirs. */
  before: Rate | null
}

export function draftOfRates(rates: Rates): RateDraft[] {
  return Object.entries(rates)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, rate], key) => ({
      key,
      currency,
      usd: String(rate.usd),
      asOf: rate.as_of,
      before: rate,
    }))
}

/** Another amount is a rate of `today`, unless another day was chosen for it. */
export function withUsd(draft: RateDraft, usd: string, today: string): RateDraft {
  const { asOf, before } = draft
  if (before && asOf !== before.as_of && asOf !== today) return { ...draft, usd }
  return { ...draft, usd, asOf: before && Number(usd) === before.usd ? before.as_of : today }
}

function isTouched({ usd, asOf, before }: RateDraft): boolean {
  return before === null || Number(usd) !== before.usd || asOf !== before.as_of
}

/** `exchange_rates` of `PATCH /settings`: every rate but those that are ours and untouched. */
export function ratesBody(drafts: RateDraft[]): Rates {
  const given = drafts.filter((draft) => isTouched(draft) || draft.before?.source === 'set')
  return Object.fromEntries(
    given.map(({ currency, usd, asOf }) => [
      currency.trim().toUpperCase(),
      { usd: Number(usd), as_of: asOf, source: 'set' },
    ]),
  )
}

/** Taken away: nothing is left of it, or our own rate. */
export function withoutRate(drafts: RateDraft[], { key, currency }: RateDraft): RateDraft[] {
  const rate = defaultRates[currency]
  return drafts.flatMap((draft) => {
    if (draft.key !== key) return [draft]
    return rate ? [{ key, currency, usd: String(rate.usd), asOf: rate.as_of, before: rate }] : []
  })
}
