'use client'

import { useState, useSyncExternalStore } from 'react'
import { Button } from './ui/button'

const never = () => () => {}

/** Absent where the browser has no clipboard: it offers one only on https and loopback addresses. */
export function CopyButton({ text, label, done }: { text: string; label: string; done: string }) {
  const available = useSyncExternalStore(
    never,
    () => Boolean(navigator.clipboard),
    () => false,
  )
  const [copied, setCopied] = useState(false)
  if (!available) return null

  async function copy() {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }

  return (
    <Button look="secondary" size="sm" onClick={copy}>
      <span aria-live="polite">{copied ? done : label}</span>
    </Button>
  )
}
