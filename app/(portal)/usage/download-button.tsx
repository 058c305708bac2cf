'use client'

import { Download } from 'lucide-react'
import { useFormatter, useTranslations } from 'next-intl'
import { type MouseEvent, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import { useToast } from '@/components/ui/toast'
import { countRows, readAll } from './read-download'

type Progress = { rows: number; bytes: number }

/** Fetches a CSV and saves it, with progress and a way to cancel. Without JavaScript it is the plain link. */
export function DownloadButton({ href, fileName, label }: { href: string; fileName: string; label: string }) {
  const t = useTranslations('download')
  const format = useFormatter()
  const toast = useToast()
  const [progress, setProgress] = useState<Progress | null>(null)
  const running = useRef<AbortController>(undefined)

  async function start(event: MouseEvent) {
    event.preventDefault()
    if (progress) return
    const controller = new AbortController()
    running.current = controller
    setProgress({ rows: 0, bytes: 0 })
    try {
      const response = await fetch(href, { signal: controller.signal })
      const chunks = await readAll(response, (bytes, lines) => setProgress({ bytes, rows: countRows(lines) }))
      save(new Blob(chunks.parts, { type: 'text/csv' }), fileName)
      toast({ title: t('done', { name: fileName, rows: countRows(chunks.lines) }), tone: 'good' })
    } catch {
      if (!controller.signal.aborted) toast({ title: t('failed'), text: t('failedText'), tone: 'bad' })
    } finally {
      setProgress(null)
    }
  }

  if (progress) {
    const size = format.number(progress.bytes / 1024, {
      maximumFractionDigits: 0,
      style: 'unit',
      unit: 'kilobyte',
    })
    return (
      <span className="flex h-9 items-center gap-2 rounded-md border bg-card pl-3 text-sm">
        <span role="status" className="tabular-nums">
          {t('progress', { rows: progress.rows, size })}
        </span>
        <Button look="ghost" size="sm" onClick={() => running.current?.abort()}>
          {t('cancel')}
        </Button>
      </span>
    )
  }
  return (
    <a
      href={href}
      download={fileName}
      onClick={start}
      className="inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-md border bg-card px-3.5 text-sm font-medium whitespace-nowrap hover:bg-muted"
    >
      <Download aria-hidden="true" className="size-4" />
      {label}
    </a>
  )
}

function save(blob: Blob, fileName: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
