import { calcPrice, findProvider, type TieredPrices } from '@pydantic/genai-prices'
import type { Provider } from '@/lib/registry/snapshot'
import { type Price, type PriceTier, priceOf } from './cost'

const dayMs = 24 * 60 * 60 * 1000

/** A price of one model, and while it holds: milliseconds since the epoch. */
type Known = { price: Price | null; from: number; until: number }

/** Clients can invent any number of model names. */
const modelsMax = 10_000
const minuteMs = 60_000

/**
 * The price of a model at `at` (ms): the organisation's override, else the catalogue's, else null (unpriced). Each call
 * asks several times, so answers are kept: until an override begins, and for a minute at most, as the catalogue knows
 * times of day at which some prices change.
 */
export function createPriceBook(): (provider: Provider, model: string, at: number) => Price | null {
  // A changed override comes with a new snapshot, which brings new providers.
  const known = new WeakMap<Provider, Map<string, Known>>()
  return (provider, model, at) => {
    let ofProvider = known.get(provider)
    const kept = ofProvider?.get(model)
    if (kept && kept.from <= at && at < kept.until) return kept.price
    if (!ofProvider || ofProvider.size >= modelsMax) {
      ofProvider = new Map()
      known.set(provider, ofProvider)
    }
    const price =
      priceOf(provider.prices, model, at) ??
      cataloguePrice(provider.priceProvider ?? provider.slug, model, at)
    ofProvider.set(model, { price, ...holdsFor(provider.prices, at) })
    return price
  }
}

function holdsFor(overrides: Price[], at: number): { from: number; until: number } {
  let from = at - minuteMs
  let until = at + minuteMs
  for (const { effectiveFrom } of overrides) {
    if (effectiveFrom <= at) from = Math.max(from, effectiveFrom)
    else until = Math.min(until, effectiveFrom)
  }
  return { from, until }
}

/** The list price that `@pydantic/genai-prices` ships, or null. */
export function cataloguePrice(priceProvider: string, model: string, at: number): Price | null {
  const found = calcPrice({ input_tokens: 1 }, model, { providerId: priceProvider, timestamp: new Date(at) })
  if (!found) return null
  const { input_mtok, cache_read_mtok = input_mtok, output_mtok = 0 } = found.model_price
  if (input_mtok === undefined || cache_read_mtok === undefined) return null
  const starts = new Set([-1, ...[input_mtok, cache_read_mtok, output_mtok].flatMap(tierStarts)])
  const tiers = [...starts]
    .sort((a, b) => a - b)
    .map(
      (start): PriceTier => ({
        aboveInputTokens: start,
        inputPico: picoAt(input_mtok, start),
        cachedInputPico: picoAt(cache_read_mtok, start),
        outputPico: picoAt(output_mtok, start),
      }),
    )
  return { id: `catalogue:${found.provider.id}/${found.model.id}`, model, effectiveFrom: at - dayMs, tiers }
}

/** The models of a provider that the catalogue knows, deprecated ones left out. */
export function catalogueModels(priceProvider: string): string[] {
  const models = findProvider({ providerId: priceProvider })?.models ?? []
  return models.filter((model) => !model.deprecated).map((model) => model.id)
}

function tierStarts(price: number | TieredPrices): number[] {
  return typeof price === 'number' ? [] : price.tiers.map((tier) => tier.start)
}

/** Dollars per million tokens to pico-dollars per token. */
function picoAt(price: number | TieredPrices, start: number): bigint {
  const usd =
    typeof price === 'number'
      ? price
      : (price.tiers.filter((tier) => tier.start <= start).at(-1)?.price ?? price.base)
  return BigInt(Math.round(usd * 1e6))
}
