/** Each value of the rows with how many rows have it, most frequent first: what a filter offers. */
export function countValues<Row>(rows: Row[], valuesOf: (row: Row) => (string | null)[]) {
  const counts = new Map<string, number>()
  for (const value of rows.flatMap(valuesOf)) {
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value))
}
