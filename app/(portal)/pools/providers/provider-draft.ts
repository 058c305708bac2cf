/** What the form of a provider holds, and what is sent for it. Pure. */

export type ProviderView = {
  id: string
  slug: string
  name: string
  baseUrl: string
  enabled: boolean
  priority: number
  modelPatterns: string[]
  firstByteTimeoutMs: number
  idleTimeoutMs: number
  totalTimeoutMs: number
  maxRetries: number
  headers: Record<string, string>
  priceProvider: string | null
  keys: number
  /** Keys whose secret is sealed for this base URL. */
  sealedKeys: number
}

/** Numbers as they are typed; timeouts in seconds, headers one a line. */
export type ProviderDraft = {
  preset: string
  slug: string
  name: string
  baseUrl: string
  priority: string
  modelPatterns: string[]
  firstByte: string
  idle: string
  total: string
  maxRetries: string
  headers: string
  priceProvider: string
}

type Source = Omit<ProviderView, 'id' | 'enabled' | 'keys' | 'sealedKeys'>

export function draftOfProvider(source: Source, preset = ''): ProviderDraft {
  const seconds = (ms: number) => String(ms / 1000)
  return {
    preset,
    slug: source.slug,
    name: source.name,
    baseUrl: source.baseUrl,
    priority: String(source.priority),
    modelPatterns: source.modelPatterns,
    firstByte: seconds(source.firstByteTimeoutMs),
    idle: seconds(source.idleTimeoutMs),
    total: seconds(source.totalTimeoutMs),
    maxRetries: String(source.maxRetries),
    headers: Object.entries(source.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    priceProvider: source.priceProvider ?? '',
  }
}

/** `POST /providers` */
export function providerBody(draft: ProviderDraft) {
  const ms = (seconds: string) => Math.round(Number(seconds) * 1000)
  return {
    slug: draft.slug.trim(),
    name: draft.name.trim(),
    base_url: draft.baseUrl.trim(),
    priority: Number(draft.priority),
    model_patterns: draft.modelPatterns,
    first_byte_timeout_ms: ms(draft.firstByte),
    idle_timeout_ms: ms(draft.idle),
    total_timeout_ms: ms(draft.total),
    max_retries: Number(draft.maxRetries),
    headers: headersOf(draft.headers),
    price_provider: draft.priceProvider.trim() || null,
  }
}

/** `PATCH /providers/{id}`: only what differs. */
export function providerChanges(draft: ProviderDraft, before: ProviderView): Record<string, unknown> {
  const old: Record<string, unknown> = providerBody(draftOfProvider(before))
  return Object.fromEntries(
    Object.entries(providerBody(draft)).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]),
    ),
  )
}

/** `Name: value` a line; a line without a colon becomes a name without a value, which the API refuses. */
export function headersOf(text: string): Record<string, string> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':')
      return [name.trim(), value.join(':').trim()]
    }),
  )
}
