import type { ReactNode } from 'react'
import type { Tone } from './badge'

const changes: Record<Tone, string> = {
  neutral: 'text-muted-foreground',
  good: 'text-success',
  warn: 'text-warning',
  bad: 'text-destructive',
  info: 'text-primary',
}

/** One number with its name; `change` compares it, `hint` explains it. Unknown is "—", never 0. */
export function Stat({
  label,
  value,
  change,
  tone = 'neutral',
  hint,
  children,
}: {
  label: string
  value: ReactNode
  change?: ReactNode
  tone?: Tone
  hint?: ReactNode
  children?: ReactNode
}) {
  return (
    <section aria-label={label} className="flex min-w-0 flex-col gap-1 rounded-lg border bg-card p-4">
      <h2 className="text-sm text-muted-foreground">{label}</h2>
      <p className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <span className="text-2xl font-semibold tracking-tight tabular-nums">{value}</span>
        {change && <span className={`text-sm ${changes[tone]}`}>{change}</span>}
      </p>
      {hint && <p className="text-xs/5 text-muted-foreground">{hint}</p>}
      {children}
    </section>
  )
}
