/** Prices by provider and model: what is in force, from where, and what was called without one. Pure. */
import type { CalledModel } from '@/lib/data/called-models'
import type { PriceDetails } from '@/lib/data/prices'
import type { UnpricedModel } from '@/lib/data/requests'
import { picoToUsdPerMillion, usdPerMillionToPico } from '@/lib/format'
import { costNanos, type Price, priceOf } from '@/lib/ledger/cost'

/** Dollars per million tokens. */
export type Rates = { input: number; cached: number | null; output: number }
export type Override = Rates & { id: string; effectiveFrom: string }

export type PriceRow = {
  provider: { slug: string; name: string }
  model: string
  catalogue: (Rates & { tiered: boolean }) | null
  /** Of this very name, latest first. */
  overrides: Override[]
  /** What a call now costs: by an override (of this name or of a pattern), by the catalogue, or nobody knows. */
  source: 'override' | 'catalogue' | 'none'
  inForce: Rates | null
  /** When the override in force began. */
  since: string | null
  /** Of the latest calls; null: not among them. */
  calls: number | null
  /** Calls of the last days whose cost is unknown. */
  unpricedCalls: number
}

export type PriceSources = {
  providers: { id: string; slug: string; name: string; priceProvider: string | null }[]
  overrides: PriceDetails[]
  called: CalledModel[]
  unpriced: UnpricedModel[]
  /** Models to be shown although nobody called them. */
  searched: { providerId: string; model: string }[]
  catalogue: (priceProvider: string, model: string) => Price | null
  now: number
}

/** A row for every model that has an override, was called, or was searched for; unpriced ones first. */
export function priceRows(sources: PriceSources): PriceRow[] {
  const wanted = new Map<string, { providerId: string; model: string }>()
  const want = (providerId: string | undefined, model: string) => {
    if (providerId) wanted.set(`${providerId} ${model}`, { providerId, model })
  }
  for (const { price } of sources.overrides) want(price.providerId, price.model)
  for (const { provider_id, model } of sources.called) want(provider_id, model)
  for (const { provider, model } of sources.unpriced) {
    want(sources.providers.find(({ slug }) => slug === provider)?.id, model)
  }
  for (const { providerId, model } of sources.searched) want(providerId, model)
  return [...wanted.values()]
    .flatMap(({ providerId, model }) => priceRow(sources, providerId, model))
    .sort(compareRows)
}

function priceRow(sources: PriceSources, providerId: string, model: string): PriceRow[] {
  const provider = sources.providers.find(({ id }) => id === providerId)
  if (!provider) return []
  const ofProvider = sources.overrides
    .map(({ price }) => price)
    .filter((price) => price.providerId === providerId)
    .sort((a, b) => b.effectiveFrom.getTime() - a.effectiveFrom.getTime())
  const override = priceOf(ofProvider.map(toPrice), model, sources.now)
  const listed = sources.catalogue(provider.priceProvider ?? provider.slug, model)
  const price = override ?? listed
  return [
    {
      provider: { slug: provider.slug, name: provider.name },
      model,
      catalogue: listed && { ...ratesOf(listed), tiered: listed.tiers.length > 1 },
      overrides: ofProvider
        .filter((candidate) => candidate.model === model)
        .map((row) => ({
          id: row.id,
          effectiveFrom: row.effectiveFrom.toISOString(),
          ...ratesOf(toPrice(row)),
        })),
      source: override ? 'override' : listed ? 'catalogue' : 'none',
      inForce: price && ratesOf(price),
      since: override ? new Date(override.effectiveFrom).toISOString() : null,
      calls:
        sources.called.find((row) => row.provider_id === providerId && row.model === model)?.calls ?? null,
      unpricedCalls:
        sources.unpriced.find((row) => row.provider === provider.slug && row.model === model)?.requests ?? 0,
    },
  ]
}

function toPrice(row: PriceDetails['price']): Price {
  return {
    id: row.id,
    model: row.model,
    effectiveFrom: row.effectiveFrom.getTime(),
    tiers: [
      {
        aboveInputTokens: -1,
        inputPico: row.inputPico,
        cachedInputPico: row.cachedInputPico ?? row.inputPico,
        outputPico: row.outputPico,
      },
    ],
  }
}

/** The first tier's; `cached` is null where it is no other than the input's. */
function ratesOf({ tiers: [tier] }: Price): Rates {
  if (!tier) return { input: 0, cached: null, output: 0 }
  return {
    input: picoToUsdPerMillion(tier.inputPico),
    cached: tier.cachedInputPico === tier.inputPico ? null : picoToUsdPerMillion(tier.cachedInputPico),
    output: picoToUsdPerMillion(tier.outputPico),
  }
}

/** Called and without a price now: its cost is missing everywhere. */
export function needsPrice(row: PriceRow): boolean {
  return row.source === 'none' && (row.calls !== null || row.unpricedCalls > 0)
}

function compareRows(a: PriceRow, b: PriceRow): number {
  return (
    Number(needsPrice(b)) - Number(needsPrice(a)) ||
    (b.calls ?? 0) - (a.calls ?? 0) ||
    a.provider.slug.localeCompare(b.provider.slug) ||
    a.model.localeCompare(b.model)
  )
}

/** What an example call costs in nano-dollars, by the ledger's own rule; null while a rate is not a price. */
export function exampleNanos(rates: { input: string; output: string }): bigint | null {
  const [inputPico, outputPico] = [picoOf(rates.input), picoOf(rates.output)]
  if (inputPico === null || outputPico === null) return null
  const tiers = [{ aboveInputTokens: -1, inputPico, cachedInputPico: inputPico, outputPico }]
  return costNanos(
    { input: 1000, cachedInput: 0, output: 500, reasoning: 0 },
    { id: 'example', model: '*', effectiveFrom: 0, tiers },
  )
}

function picoOf(text: string): bigint | null {
  return text.trim() !== '' && Number(text) >= 0 ? usdPerMillionToPico(Number(text)) : null
}
