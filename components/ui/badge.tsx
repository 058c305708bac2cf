import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

const tones = {
  neutral: 'border-border bg-muted text-muted-foreground',
  good: 'border-success/30 bg-success/10 text-success',
  warn: 'border-warning/30 bg-warning/10 text-warning',
  bad: 'border-destructive/30 bg-destructive/10 text-destructive',
  info: 'border-primary/30 bg-primary/10 text-primary',
}

export type Tone = keyof typeof tones

/** A state in words; the dot or icon and the colour only repeat it. */
export function Badge({
  tone = 'neutral',
  icon: Icon,
  children,
}: {
  tone?: Tone
  icon?: LucideIcon
  children: ReactNode
}) {
  return (
    <span
      className={`inline-flex max-w-full items-center gap-1.5 rounded-full border px-2 py-0.5 text-xs/4 font-medium whitespace-nowrap ${tones[tone]}`}
    >
      {Icon ? (
        <Icon aria-hidden="true" className="size-3 shrink-0" />
      ) : (
        <span aria-hidden="true" className="size-1.5 shrink-0 rounded-full bg-current" />
      )}
      <span className="truncate">{children}</span>
    </span>
  )
}

/** A plain word such as a tag, a model or an environment. */
export function Tag({ children }: { children: ReactNode }) {
  return (
    <span className="inline-block max-w-full truncate rounded border bg-muted px-1.5 py-px align-middle text-xs/5 text-muted-foreground">
      {children}
    </span>
  )
}
