/** Where things are in a chart of a given size; pure. */

/** Round numbers from 0 to at least `highest`, about four of them; whole ones where only those make sense. */
export function niceTicks(highest: number, whole: boolean): number[] {
  if (highest <= 0) return [0, 1]
  const rough = highest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10
  const step = whole ? Math.ceil(factor * power) : factor * power
  const count = Math.max(1, Math.ceil(highest / step - 1e-9))
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/** The parts of a stack with where each begins and ends; parts of nothing are left out. */
export function stack(values: Record<string, number | null>, ids: string[]) {
  let top = 0
  return ids.flatMap((id) => {
    const value = values[id] ?? 0
    if (value <= 0) return []
    top += value
    return [{ id, from: top - value, to: top }]
  })
}

/** Every how-many-th step of an axis is labelled, so that labels keep `gap` pixels apart. */
export function labelEvery(band: number, gap: number): number {
  return Math.max(1, Math.ceil(gap / band))
}

/** The path of a line; null is a gap, and a value alone between gaps a short dash, or it would not be seen. */
export function linePath(
  values: (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  return values
    .map((value, index) => {
      if (value === null) return ''
      const at = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`
      if ((values[index - 1] ?? null) !== null) return `L${at}`
      return (values[index + 1] ?? null) === null ? `M${at}m-3 0h6` : `M${at}`
    })
    .join('')
}
