'use client'

import { useRouter } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { SelectField } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { useToast } from '@/components/ui/toast'

const minuteChoices = [15, 60, 240, 1440]
type Choice = { id: string; name: string }

/** Lets another pool serve all calls of this one for some time, such as while its provider is down. */
export function SwitchPool({ id, name, others }: { id: string; name: string; others: Choice[] }) {
  const t = useTranslations('poolSwitch')
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        look="secondary"
        size="sm"
        aria-label={t('title', { name })}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {t('button')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t('title', { name })} description={t('text')}>
        {others.length > 0 ? (
          <SwitchForm id={id} name={name} others={others} onClose={() => setOpen(false)} />
        ) : (
          <p className="text-sm text-muted-foreground">{t('noOther')}</p>
        )}
      </Dialog>
    </>
  )
}

function SwitchForm({
  id,
  name,
  others,
  onClose,
}: {
  id: string
  name: string
  others: Choice[]
  onClose: () => void
}) {
  const t = useTranslations('poolSwitch')
  const router = useRouter()
  const toast = useToast()
  const [to, setTo] = useState(others[0]?.id ?? '')
  const [minutes, setMinutes] = useState('60')
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AdminError>()

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (pending) return
    setPending(true)
    const body = { to_pool_id: to, minutes: Number(minutes) }
    const result = await callAdmin('POST', `/pools/${id}/switch`, body)
    setPending(false)
    if (!result.ok) return setError(result.error)
    toast({ title: t('done', { name }), tone: 'good' })
    router.refresh()
    onClose()
  }

  return (
    <form onSubmit={submit} className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={t('to')}
          value={to}
          onChange={(event) => setTo(event.target.value)}
          options={others.map((other) => ({ value: other.id, label: other.name }))}
        />
        <SelectField
          label={t('for')}
          value={minutes}
          onChange={(event) => setMinutes(event.target.value)}
          options={minuteChoices.map((count) => ({
            value: String(count),
            label: count < 60 ? t('minutes', { count }) : t('hours', { count: count / 60 }),
          }))}
        />
      </div>
      {error && <ErrorNotice error={error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button type="submit" pending={pending}>
          {t('switch')}
        </Button>
      </div>
    </form>
  )
}

/** Says, while it lasts, that another pool serves the calls of this one. */
export function SwitchNotice({
  id,
  name,
  to,
  until,
  mayEnd,
}: {
  id: string
  name: string
  to: string
  until: string
  mayEnd: boolean
}) {
  const t = useTranslations('poolSwitch')
  const format = useFormatter()
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [pending, setPending] = useState(false)
  const time = format.dateTime(new Date(until), 'time')

  async function end() {
    setPending(true)
    const result = await callAdmin('POST', `/pools/${id}/switch`, { to_pool_id: null })
    setPending(false)
    if (result.ok) toast({ title: t('ended', { name }), tone: 'good' })
    else showError(result.error)
    router.refresh()
  }

  return (
    <Notice tone="warning" title={t('active', { name, to })}>
      <p>{t('until', { time, name })}</p>
      {mayEnd && (
        <div>
          <Button
            look="secondary"
            size="sm"
            pending={pending}
            aria-label={t('endOf', { name })}
            onClick={end}
          >
            {t('end')}
          </Button>
        </div>
      )}
    </Notice>
  )
}
