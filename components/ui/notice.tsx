import type { ReactNode } from 'react'

const tones = { success: 'border-l-success', warning: 'border-l-warning', error: 'border-l-destructive' }

/** A message with a heading; `role` is "alert" or "status" where it appears after an action. */
export function Notice({
  tone,
  title,
  role,
  children,
}: {
  tone: keyof typeof tones
  title: string
  role?: 'alert' | 'status'
  children: ReactNode
}) {
  return (
    <div role={role} className={`rounded-md border border-l-4 bg-card px-5 py-4 ${tones[tone]}`}>
      <p className="font-medium">{title}</p>
      <div className="mt-1 grid gap-2 text-sm/6 text-muted-foreground">{children}</div>
    </div>
  )
}
