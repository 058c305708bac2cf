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
export function costNanos({ input, cachedInput, output }: Usage, price: Price): bigint {
  const { inputPico, cachedInputPico, outputPico } = tierOf(price, input)
  const cached = Math.min(cachedInput, input)
  let pico = BigInt(input - cached) * inputPico
  if (cached > 0) pico += BigInt(cached) * cachedInputPico
  if (output > 0) pico += BigInt(output) * outputPico
  return (pico + 500n) / 1000n
}

/** The prices of a call with so many input tokens. */
export function tierOf({ id, tiers }: Price, input: number): PriceTier {
  const tier = tiers.findLast(({ aboveInputTokens }) => input > aboveInputTokens)
  if (!tier) throw new Error(`price ${id} has no tier above -1`)
  return tier
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
