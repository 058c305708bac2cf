import { useFormatter, useNow } from 'next-intl'

/** How long ago, short, with the exact time of the organisation's zone under the pointer; "—" for never. */
export function Ago({ at }: { at: string | null }) {
  const format = useFormatter()
  const now = useNow()
  if (at === null) return '—'
  const date = new Date(at)
  return (
    <time
      dateTime={at}
      title={format.dateTime(date, 'exact')}
      className="whitespace-nowrap"
      // The browser's now is a moment later than the server's.
      suppressHydrationWarning
    >
      {format.relativeTime(date, { now, style: 'narrow' })}
    </time>
  )
}
