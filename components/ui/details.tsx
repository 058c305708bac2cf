'use client'

import type { ReactNode } from 'react'

/** What few people need, folded away. It opens by itself when the browser or the server complains about something inside. */
export function Details({
  title,
  open = false,
  children,
}: {
  title: string
  open?: boolean
  children: ReactNode
}) {
  return (
    <details
      open={open || undefined}
      onInvalidCapture={(event) => {
        event.currentTarget.open = true
      }}
      className="rounded-lg border"
    >
      <summary className="cursor-pointer rounded-lg px-4 py-3 text-sm font-medium">{title}</summary>
      <div className="grid gap-5 border-t px-4 py-4">{children}</div>
    </details>
  )
}
