/** Which calls the apps of the demo make, and how many at what time. Pure. */
import { timeZone } from './cast'
import { type Random, weighted } from './random'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** One kind of call. Ranges are tokens. */
export type Work = {
  app: string
  feature: string
  model: string
  endpoint: 'chat/completions' | 'embeddings'
  /** How many of a hundred are streams. */
  streams: number
  /** Calls on an average day. */
  perDay: number
  rhythm: 'office' | 'shop' | 'night'
  input: readonly [number, number]
  /** How much of the input the provider has cached. */
  cached: number
  output: readonly [number, number]
}

const chat = { endpoint: 'chat/completions', streams: 80, cached: 0.3 } as const
const json = { endpoint: 'chat/completions', streams: 0, cached: 0 } as const
const embed = { endpoint: 'embeddings', streams: 0, cached: 0, output: [0, 0] } as const

// biome-ignore format: a table
export const works: Work[] = [
  { ...chat, app: 'support-bot', feature: 'chat', model: 'chat-smart', perDay: 430, rhythm: 'shop', input: [600, 5200], output: [60, 700] },
  { ...json, app: 'support-bot', feature: 'summary', model: 'gpt-4.1-mini', perDay: 150, rhythm: 'shop', input: [900, 6000], output: [80, 300] },
  { ...json, app: 'support-bot', feature: 'handoff', model: 'qwen-turbo', perDay: 60, rhythm: 'shop', input: [300, 1500], output: [10, 60] },
  { ...embed, app: 'shop-search', feature: 'search', model: 'text-embedding-3-small', perDay: 560, rhythm: 'shop', input: [8, 60] },
  { ...json, app: 'shop-search', feature: 'rewrite', model: 'qwen-turbo', perDay: 210, rhythm: 'shop', input: [60, 300], output: [10, 60] },
  { ...chat, app: 'product-copy', feature: 'copywriting', model: 'qwen-plus', perDay: 130, rhythm: 'office', input: [500, 2600], output: [250, 1400] },
  { ...json, app: 'product-copy', feature: 'translation', model: 'deepseek-chat', perDay: 90, rhythm: 'office', input: [400, 3200], output: [300, 2800] },
  { ...json, app: 'analytics-batch', feature: 'classify', model: 'gpt-4.1-mini', perDay: 300, rhythm: 'night', input: [300, 1400], output: [5, 40] },
  { ...json, app: 'analytics-batch', feature: 'extract', model: 'deepseek-chat', perDay: 160, rhythm: 'night', input: [1500, 9000], output: [120, 900] },
  { ...chat, app: 'code-review', feature: 'review', model: 'claude-sonnet-4-5', perDay: 140, rhythm: 'office', input: [3000, 16000], output: [250, 1600] },
  { ...json, app: 'code-review', feature: 'tests', model: 'gpt-5-mini', perDay: 110, rhythm: 'office', input: [1800, 8000], output: [400, 2400] },
  { ...json, app: 'meeting-notes', feature: 'summary', model: 'chat-smart', perDay: 70, rhythm: 'office', input: [4000, 14000], output: [300, 1100] },
  { ...json, app: 'meeting-notes', feature: 'action-items', model: 'deepseek-chat', perDay: 70, rhythm: 'office', input: [4000, 14000], output: [80, 400] },
  { ...chat, app: 'kb-assistant', feature: 'answer', model: 'chat-fast', perDay: 240, rhythm: 'office', input: [1200, 6000], output: [80, 600] },
  { ...embed, app: 'kb-assistant', feature: 'index', model: 'text-embedding-3-small', perDay: 110, rhythm: 'office', input: [200, 800] },
  { ...json, app: 'kb-assistant', feature: 'images', model: 'qwen-vl-plus', perDay: 14, rhythm: 'office', input: [800, 2000], output: [60, 300] },
  { ...json, app: 'kb-assistant', feature: 'answer', model: 'gpt-4.1', perDay: 8, rhythm: 'office', input: [800, 2000], output: [60, 300] },
  { ...chat, app: 'lab-playground', feature: 'playground', model: 'gpt-4.1-mini', perDay: 60, rhythm: 'office', input: [100, 1800], output: [60, 900] },
  { ...json, app: 'old-crawler', feature: 'crawl', model: 'deepseek-chat', perDay: 12, rhythm: 'night', input: [300, 900], output: [20, 80] },
]

/** Share of a day's calls in each of its hours, and what Saturday and Sunday are worth. */
const rhythms = {
  office: {
    peaks: [
      [10.5, 2],
      [15.5, 2.5],
    ],
    weekend: 0.12,
  },
  shop: {
    peaks: [
      [12.5, 2.5],
      [20.5, 2.5],
    ],
    weekend: 1.35,
  },
  night: { peaks: [[2.5, 1.2]], weekend: 1 },
} as const satisfies Record<Work['rhythm'], { peaks: (readonly [number, number])[]; weekend: number }>

const shares = Object.fromEntries(
  Object.entries(rhythms).map(([name, { peaks }]) => [name, hourShares(peaks)]),
) as Record<Work['rhythm'], number[]>

function hourShares(peaks: readonly (readonly [number, number])[]): number[] {
  const heights = Array.from({ length: 24 }, (_, hour) =>
    peaks.reduce((sum, [peak, width]) => sum + Math.exp(-(((hour + 0.5 - peak) / width) ** 2)), 0.03),
  )
  const total = heights.reduce((sum, height) => sum + height, 0)
  return heights.map((height) => height / total)
}

const clock = new Intl.DateTimeFormat('en', { timeZone, weekday: 'short', hour: 'numeric', hour12: false })

/** Calls of this kind expected in the hour that begins at `at`; the demo's traffic has grown up to `anchor`. */
export function expectedPerHour(work: Work, at: number, anchor: number): number {
  const parts = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]))
  const weekend = parts.weekday === 'Sat' || parts.weekday === 'Sun' ? rhythms[work.rhythm].weekend : 1
  const share = shares[work.rhythm][Number(parts.hour) % 24] ?? 0
  const daysAgo = Math.max(0, (anchor - at) / dayMs)
  return work.perDay * share * weekend * (1.3 - 0.02 * Math.min(daysAgo, 40))
}

/** The calls of the hour that begins at `hour`, in order of time. */
export function callsOfHour(random: Random, hour: number, anchor: number): { at: number; work: Work }[] {
  return works
    .flatMap((work) => {
      const noise = 0.75 + random() / 2
      const count = Math.floor(expectedPerHour(work, hour, anchor) * noise + random())
      return Array.from({ length: count }, () => ({ at: Math.floor(hour + random() * hourMs), work }))
    })
    .sort((a, b) => a.at - b.at)
}

/** A kind of call as it is likely at this time. */
export function likelyWork(random: Random, at: number): Work {
  return weighted(random, works, (work) => expectedPerHour(work, at, at))
}
