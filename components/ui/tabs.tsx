import type { Route } from 'next'
import Link from 'next/link'

export type LinkItem = { label: string; href: Route; current: boolean }

/** Tabs whose choice is in the address. */
export function TabLinks({ label, items }: { label: string; items: LinkItem[] }) {
  return (
    <nav aria-label={label} className="-mb-px flex gap-1 overflow-x-auto border-b">
      {items.map(({ label: text, href, current }) => (
        <Link
          key={href}
          href={href}
          aria-current={current ? 'page' : undefined}
          className="-mb-px border-b-2 border-transparent px-3 py-2 text-sm whitespace-nowrap text-muted-foreground -outline-offset-2 hover:text-foreground aria-[current]:border-primary aria-[current]:font-medium aria-[current]:text-foreground"
        >
          {text}
        </Link>
      ))}
    </nav>
  )
}

/** A few choices side by side, such as time ranges; the choice is in the address. */
export function SegmentedLinks({ label, items }: { label: string; items: LinkItem[] }) {
  return (
    <nav aria-label={label} className="inline-flex h-9 items-center rounded-md border bg-card p-0.5">
      {items.map(({ label: text, href, current }) => (
        <Link
          key={href}
          href={href}
          scroll={false}
          prefetch={false}
          aria-current={current ? 'true' : undefined}
          className="rounded px-2.5 py-1 text-sm whitespace-nowrap text-muted-foreground hover:text-foreground aria-[current]:bg-muted aria-[current]:font-medium aria-[current]:text-foreground"
        >
          {text}
        </Link>
      ))}
    </nav>
  )
}
