import type { ComponentProps, ReactNode } from 'react'

/** Scrolls inside itself when the columns do not fit; the header stays in sight while its rows scroll. */
export function Table({
  label,
  height = 'page',
  children,
}: {
  label: string
  /** Where it starts to scroll: at most of the window, or at the height of a chart. */
  height?: 'page' | 'chart'
  children: ReactNode
}) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className={`overflow-auto -outline-offset-2 ${height === 'page' ? 'max-h-[calc(100dvh-5rem)]' : 'max-h-64'}`}
    >
      <table className="w-full border-separate border-spacing-0 text-sm">{children}</table>
    </section>
  )
}

/** A table that stands alone, with a border. */
export function TableFrame({ children }: { children: ReactNode }) {
  return <div className="overflow-hidden rounded-lg border bg-card">{children}</div>
}

type CellProps = { numeric?: boolean }

export function HeadCell({
  numeric = false,
  children,
  ...props
}: Omit<ComponentProps<'th'>, 'className'> & CellProps) {
  return (
    <th
      scope="col"
      className={`sticky top-0 z-10 border-b bg-card px-3 py-2 text-xs font-medium whitespace-nowrap text-muted-foreground first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5 ${numeric ? 'text-right' : 'text-left'}`}
      {...props}
    >
      {children}
    </th>
  )
}

/** Rows light up under the pointer; `selected` marks one. */
export function Row({ selected = false, children }: { selected?: boolean; children: ReactNode }) {
  return (
    <tr
      data-selected={selected || undefined}
      className="hover:bg-muted/60 data-[selected]:bg-muted [&:not(:last-child)>*]:border-b"
    >
      {children}
    </tr>
  )
}

export function Cell({
  numeric = false,
  children,
  ...props
}: Omit<ComponentProps<'td'>, 'className'> & CellProps) {
  return (
    <td
      className={`px-3 py-2.5 align-middle first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5 ${numeric ? 'text-right whitespace-nowrap tabular-nums' : 'text-left'}`}
      {...props}
    >
      {children}
    </td>
  )
}
