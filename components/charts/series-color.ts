import type { Series } from './prepare'

const fills = [
  'var(--chart-other)',
  'var(--chart-1)',
  'var(--chart-2)',
  'var(--chart-3)',
  'var(--chart-4)',
  'var(--chart-5)',
  'var(--chart-6)',
  'var(--chart-7)',
  'var(--chart-8)',
] as const

const swatches = [
  'bg-chart-other',
  'bg-chart-1',
  'bg-chart-2',
  'bg-chart-3',
  'bg-chart-4',
  'bg-chart-5',
  'bg-chart-6',
  'bg-chart-7',
  'bg-chart-8',
] as const

/** A colour for each series: its own, else by its position. */
export function withColors(series: Series[]): Series[] {
  return series.map((one, index) => ({ ...one, color: one.color ?? (index % (fills.length - 1)) + 1 }))
}

export function seriesFill({ color = 0 }: Series): string {
  return fills[color] ?? fills[0]
}

/** A class, because the policy of the page forbids inline styles that the server wrote. */
export function seriesSwatch({ color = 0 }: Series): string {
  return swatches[color] ?? swatches[0]
}
