'use client'

import { CalendarRange } from 'lucide-react'
import { useTimeZone, useTranslations } from 'next-intl'
import { type FormEvent, useId, useState } from 'react'
import { useParams } from '@/components/data-table/filters'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'

/** Two moments, as the clocks of the organisation show them (`2026-03-01T08:00`). */
export function CustomRange({ label, from, to }: { label: string; from: string; to: string }) {
  const t = useTranslations('usageControls')
  const timeZone = useTimeZone() ?? 'UTC'
  const form = useId()
  const { pending, set } = useParams()
  const [open, setOpen] = useState(false)
  const [wrong, setWrong] = useState(false)

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const [first, last] = [String(data.get('from')), String(data.get('to'))]
    setWrong(last <= first)
    if (last <= first) return
    set({ from: first, to: last, range: null })
    setOpen(false)
  }

  return (
    <>
      <Button look="secondary" pending={pending} onClick={() => setOpen(true)}>
        <CalendarRange aria-hidden="true" />
        <span className="truncate">{label}</span>
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={t('customTitle')}
        description={t('customText', { timeZone })}
        footer={
          <Button type="submit" form={form}>
            {t('apply')}
          </Button>
        }
      >
        <form id={form} onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
          <Field label={t('from')} name="from" type="datetime-local" required defaultValue={from} />
          <Field
            label={t('to')}
            name="to"
            type="datetime-local"
            required
            defaultValue={to}
            error={wrong ? t('orderWrong') : undefined}
          />
        </form>
      </Dialog>
    </>
  )
}
