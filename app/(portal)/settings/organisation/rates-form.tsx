'use client'

import { Plus, X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button, IconButton } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { useToast } from '@/components/ui/toast'
import type { Rates } from '@/lib/exchange-rates'
import { draftOfRates, type RateDraft, ratesBody, withoutRate, withUsd } from './rates-draft'

/** What other currencies are worth, each with the day of its rate. */
export function RatesForm({ rates, today, mayChange }: { rates: Rates; today: string; mayChange: boolean }) {
  const t = useTranslations('exchangeRates')
  const router = useRouter()
  const toast = useToast()
  const [drafts, setDrafts] = useState(() => draftOfRates(rates))
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AdminError>()
  const change = (next: RateDraft) =>
    setDrafts((all) => all.map((draft) => (draft.key === next.key ? next : draft)))
  const add = () =>
    setDrafts((all) => [
      ...all,
      {
        key: Math.max(-1, ...all.map(({ key }) => key)) + 1,
        currency: '',
        usd: '',
        asOf: today,
        before: null,
      },
    ])

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    const body = { exchange_rates: ratesBody(drafts) }
    const result = await callAdmin<{ exchange_rates: Rates }>('PATCH', '/settings', body)
    setBusy(false)
    if (!result.ok) return setError(result.error)
    setDrafts(draftOfRates(result.data.exchange_rates))
    toast({ title: t('saved'), tone: 'good' })
    router.refresh()
  }

  return (
    <form onSubmit={submit} autoComplete="off">
      <fieldset disabled={!mayChange} className="grid gap-4">
        {drafts.map((draft) => (
          <RateFields
            key={draft.key}
            draft={draft}
            today={today}
            onChange={change}
            onRemove={mayChange ? () => setDrafts((all) => withoutRate(all, draft)) : null}
          />
        ))}
        {error && <ErrorNotice error={error} />}
        {mayChange && (
          <div className="flex flex-wrap gap-2">
            <Button type="submit" pending={busy}>
              {t('save')}
            </Button>
            <Button look="secondary" onClick={add}>
              <Plus aria-hidden="true" />
              {t('add')}
            </Button>
          </div>
        )}
      </fieldset>
    </form>
  )
}

function RateFields({
  draft,
  today,
  onChange,
  onRemove,
}: {
  draft: RateDraft
  today: string
  onChange: (draft: RateDraft) => void
  onRemove: (() => void) | null
}) {
  const t = useTranslations('exchangeRates')
  const { currency, usd, asOf, before } = draft
  const name = currency || t('newRate')
  const isOurs = ratesBody([draft])[currency] === undefined
  return (
    <fieldset className="grid gap-2 border-l-2 pl-3">
      <legend className="sr-only">{name}</legend>
      <div className="grid grid-cols-2 items-end gap-2 sm:grid-cols-[5rem_minmax(0,1fr)_minmax(0,1fr)_2.25rem]">
        {before === null ? (
          <Field
            label={t('currency')}
            value={currency}
            onChange={(event) => onChange({ ...draft, currency: event.target.value.toUpperCase() })}
            pattern="[A-Z]{3}"
            maxLength={3}
            placeholder="GBP"
            required
          />
        ) : (
          <p className="col-span-2 flex items-center font-mono text-sm font-medium sm:col-span-1 sm:h-9">
            {currency}
          </p>
        )}
        <Field
          label={t('usd', { currency: name })}
          type="number"
          inputMode="decimal"
          min={0.000001}
          max={1_000_000}
          step="any"
          value={usd}
          onChange={(event) => onChange(withUsd(draft, event.target.value, today))}
          required
        />
        <Field
          label={t('asOf')}
          type="date"
          max={today}
          value={asOf}
          onChange={(event) => onChange({ ...draft, asOf: event.target.value })}
          required
        />
        {onRemove && !isOurs && (
          <IconButton label={t('remove', { currency: name })} onClick={onRemove}>
            <X aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {isOurs && <p className="text-xs text-muted-foreground">{t('ours')}</p>}
    </fieldset>
  )
}
