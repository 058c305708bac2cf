'use client'

import { OctagonX } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useEffect, useState } from 'react'
import { callAdmin } from '../call-admin'
import { Button } from '../ui/button'
import { ConfirmDialog } from '../ui/confirm-dialog'
import { useToast } from '../ui/toast'
import { type PressedStop, useStopWords } from './stop-words'

const readAgainMs = 15_000

/** On every page while something is stopped. It asks again by itself: others press and lift, and stops run out. */
export function StopBanner({ stops, mayLift }: { stops: PressedStop[]; mayLift: boolean }) {
  const t = useTranslations('stops')
  const words = useStopWords()
  const router = useRouter()
  const toast = useToast()
  const current = useCurrentStops(stops)
  const [lifting, setLifting] = useState<PressedStop>()
  if (current.length === 0) return null

  async function lift(stop: PressedStop) {
    const result = await callAdmin('DELETE', `/stops/${stop.id}`)
    // Gone already: somebody else lifted it, or it ran out.
    if (!result.ok && result.error.code !== 'not_found') return result
    toast({ title: t('lifted', { what: words.what(stop) }) })
    router.refresh()
    return { ok: true as const, data: undefined }
  }

  return (
    <section aria-label={t('pressed')} className="border-b border-destructive/40 bg-destructive/10">
      <ul className="grid max-h-[30dvh] overflow-y-auto">
        {current.map((stop) => (
          <li
            key={stop.id}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2 text-sm sm:px-6 [&:not(:first-child)]:border-t [&:not(:first-child)]:border-destructive/20"
          >
            <p className="flex min-w-0 flex-1 basis-64 items-start gap-2">
              <OctagonX aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-destructive" />
              <span>
                <strong className="font-medium">{words.sentence(stop)}</strong>{' '}
                <span className="text-muted-foreground">{t('because', { reason: stop.reason })}</span>
              </span>
            </p>
            {mayLift && (
              <Button look="secondary" size="sm" onClick={() => setLifting(stop)}>
                {t('lift')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {lifting && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setLifting(undefined)}
          title={t('liftTitle')}
          description={t('liftText', { what: words.what(lifting) })}
          confirmLabel={t('liftNow')}
          look="primary"
          onConfirm={() => lift(lifting)}
        />
      )}
    </section>
  )
}

/** What the page came with, then what the server says every 15 seconds while the page is visible. */
function useCurrentStops(initial: PressedStop[]): PressedStop[] {
  const [read, setRead] = useState<{ after: PressedStop[]; stops: PressedStop[] }>()

  useEffect(() => {
    let stale = false
    async function again() {
      if (document.visibilityState !== 'visible') return
      const result = await callAdmin<{ data: PressedStop[] }>('GET', '/stops')
      if (result.ok && !stale) setRead({ after: initial, stops: result.data.data })
    }
    const timer = setInterval(again, readAgainMs)
    document.addEventListener('visibilitychange', again)
    return () => {
      stale = true
      clearInterval(timer)
      document.removeEventListener('visibilitychange', again)
    }
  }, [initial])

  return read?.after === initial ? read.stops : initial
}
