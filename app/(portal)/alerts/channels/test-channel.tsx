'use client'

import { Send } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { z } from 'zod'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminResult, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import type { channelTestResult } from '@/lib/schemas/alerts'

type Result = z.output<typeof channelTestResult>

/** Sends a test message now and shows what the receiver said. */
export function TestChannel({ id, name }: { id: string; name: string }) {
  const t = useTranslations('channels')
  const router = useRouter()
  const [pending, setPending] = useState(false)
  const [result, setResult] = useState<AdminResult<Result>>()

  async function test() {
    setPending(true)
    setResult(await callAdmin<Result>('POST', `/channels/${id}/test`))
    setPending(false)
    router.refresh()
  }

  return (
    <>
      <Button
        look="secondary"
        size="sm"
        pending={pending}
        aria-label={t('testNamed', { name })}
        onClick={test}
      >
        {!pending && <Send aria-hidden="true" />}
        {t('test')}
      </Button>
      <Dialog
        open={result !== undefined}
        onOpenChange={(open) => !open && setResult(undefined)}
        title={t('testNamed', { name })}
      >
        {result?.ok && <TestResult result={result.data} />}
        {result && !result.ok && <ErrorNotice error={result.error} />}
      </Dialog>
    </>
  )
}

function TestResult({ result: { ok, ms, status, code, text } }: { result: Result }) {
  const t = useTranslations('channels')
  const facts = [
    status !== null && `HTTP ${status}`,
    code !== null && t('code', { code }),
    t('took', { ms: Math.round(ms) }),
  ]
  return (
    <Notice tone={ok ? 'success' : 'error'} role="status" title={ok ? t('testOk') : t('testFailed')}>
      <p>{ok ? t('testOkText') : t('testFailedText')}</p>
      <p className="text-xs/5">{facts.filter(Boolean).join(' · ')}</p>
      {text && !ok && <p className="font-mono text-xs/5 break-words">{text}</p>}
    </Notice>
  )
}
