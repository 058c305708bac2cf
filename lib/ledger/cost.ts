/**
 * Cost of a call, exact: prices are whole pico-dollars per token (10^-12 USD), amounts whole nano-dollars (10^-9),
 * rounded half up once per call.
 */

/** Tokens as the provider reports them: `cachedInput` is part of `input`, `reasoning` part of `output`. */
export type Usage = { input: number; cachedInput: number; output: number; reasoning: number }

/** Prices of a call with more input than `aboveInputTokens`; they hold for all of its tokens. */
export type PriceTier = {
  aboveInputTokens: number
  inputPico: bigint
  cachedInputPico: bigint
  outputPico: bigint
}

export type Price = {
  id: string
  /** May end in `*`. */
  model: string
  /** Milliseconds since the epoch. */
  effectiveFrom: number
  /** Ascending; the first is above -1, so that it holds for every call. */
  tiers: PriceTier[]
}

/** Nano-dollars. */
export function costNanos(usage: Usage, price: Price): bigint {
  const tier = price.tiers.findLast(({ aboveInputTokens }) => usage.input > aboveInputTokens)
  if (!tier) throw new Error(`price ${price.id} has no tier above -1`)
  const cached = Math.min(usage.cachedInput, usage.input)
  const pico =
    BigInt(usage.input - cached) * tier.inputPico +
    BigInt(cached) * tier.cachedInputPico +
    BigInt(usage.output) * tier.outputPico
  return (pico + 500n) / 1000n
}

/** The override in force at `at` (ms): an exact name beats a pattern, then the latest `effectiveFrom`. `prices` is sorted latest first. */
export function priceOf(prices: Price[], model: string, at: number): Price | null {
  if (prices.length === 0) return null
  const due = prices.filter((price) => price.effectiveFrom <= at)
  return (
    due.find((price) => price.model === model) ??
    due.find((price) => price.model.endsWith('*') && model.startsWith(price.model.slice(0, -1))) ??
    null
  )
}
