'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { useToast } from '@/components/ui/toast'

/** Ends one session, or all others; from their next request on they are signed out. */
export function EndSession({
  path,
  label,
  done,
}: {
  path: `/sessions${string}`
  label: string
  done: string
}) {
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [busy, setBusy] = useState(false)

  async function end() {
    setBusy(true)
    const result = await callAdmin('DELETE', path)
    setBusy(false)
    if (!result.ok) return showError(result.error)
    toast({ title: done })
    router.refresh()
  }

  return (
    <Button look="secondary" size="sm" pending={busy} onClick={end}>
      {label}
    </Button>
  )
}
