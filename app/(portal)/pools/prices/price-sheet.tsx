'use client'

import { Plus } from 'lucide-react'
import { useFormatter, useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { quantity } from '@/components/quantity'
import { Button } from '@/components/ui/button'
import { Field, SelectField } from '@/components/ui/field'
import { Sheet } from '@/components/ui/sheet'
import { nanosToUsd } from '@/lib/format'
import { fromWallClock } from '@/lib/time-zone'
import { OverridesList } from './overrides-list'
import { exampleNanos, type PriceRow } from './price-list'

type ProviderChoice = { slug: string; name: string }
type Draft = { provider: string; model: string; input: string; cached: string; output: string; from: string }

export function AddPrice() {
  const t = useTranslations('prices')
  const [, open] = useAddressFlag('set')
  return (
    <Button onClick={() => open('new')}>
      <Plus aria-hidden="true" />
      {t('add')}
    </Button>
  )
}

export function SetPrice({ provider, model, urgent }: { provider: string; model: string; urgent: boolean }) {
  const t = useTranslations('prices')
  const [, open] = useAddressFlag('set')
  return (
    <Button
      look={urgent ? 'primary' : 'secondary'}
      size="sm"
      aria-label={t('setOf', { model })}
      onClick={() => open(`${provider}/${model}`)}
    >
      {t('set')}
    </Button>
  )
}

/** The form for the model that the address names: `?set=new` or `?set=<provider>/<model>`. */
export function PriceSheet({
  rows,
  providers,
  timeZone,
}: {
  rows: PriceRow[]
  providers: ProviderChoice[]
  timeZone: string
}) {
  const t = useTranslations('prices')
  const [wanted, set] = useAddressFlag('set')
  const row = rows.find(({ provider, model }) => `${provider.slug}/${model}` === wanted)
  const close = () => set(null)
  return (
    <Sheet
      open={wanted === 'new' || row !== undefined}
      onOpenChange={(open) => !open && close()}
      title={row ? t('setOf', { model: row.model }) : t('addTitle')}
      description={t('addText')}
    >
      <div className="grid gap-6">
        <PriceForm row={row} providers={providers} timeZone={timeZone} onClose={close} />
        {row && row.overrides.length > 0 && <OverridesList row={row} />}
      </div>
    </Sheet>
  )
}

function PriceForm({
  row,
  providers,
  timeZone,
  onClose,
}: {
  row: PriceRow | undefined
  providers: ProviderChoice[]
  timeZone: string
  onClose: () => void
}) {
  const t = useTranslations('prices')
  const [draft, setDraft] = useState<Draft>(() => draftOf(row, providers[0]?.slug ?? ''))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes })

  function submit(event: FormEvent) {
    event.preventDefault()
    save('POST', '/prices', bodyOf(draft, timeZone), t('added', { model: draft.model }))
  }

  const rate = { type: 'number', min: 0, max: 1_000_000, step: 'any', inputMode: 'decimal' } as const
  return (
    <form onSubmit={submit} className="grid gap-5">
      <SelectField
        label={t('provider')}
        value={draft.provider}
        onChange={(event) => change({ provider: event.target.value })}
        options={providers.map(({ slug, name }) => ({ value: slug, label: name }))}
      />
      <Field
        label={t('model')}
        hint={t('modelHint')}
        value={draft.model}
        onChange={(event) => change({ model: event.target.value })}
        error={errorOf('model')}
        maxLength={200}
        spellCheck={false}
        required
      />
      <div className="grid gap-4 sm:grid-cols-3">
        <Field
          {...rate}
          label={t('inputRate')}
          value={draft.input}
          onChange={(event) => change({ input: event.target.value })}
          error={errorOf('input_usd_per_mtok')}
          required
        />
        <Field
          {...rate}
          label={t('cachedRate')}
          value={draft.cached}
          onChange={(event) => change({ cached: event.target.value })}
          error={errorOf('cached_input_usd_per_mtok')}
          placeholder={t('likeInput')}
        />
        <Field
          {...rate}
          label={t('outputRate')}
          value={draft.output}
          onChange={(event) => change({ output: event.target.value })}
          error={errorOf('output_usd_per_mtok')}
          required
        />
      </div>
      <Example draft={draft} />
      <Field
        label={t('effectiveFrom')}
        hint={t('effectiveFromHint', { timeZone })}
        type="datetime-local"
        value={draft.from}
        onChange={(event) => change({ from: event.target.value })}
        error={errorOf('effective_from')}
      />
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}

/** What a call of a usual size will cost, so that a wrong digit is seen. */
function Example({ draft }: { draft: Draft }) {
  const t = useTranslations('prices')
  const format = useFormatter()
  const nanos = exampleNanos(draft)
  return (
    <p aria-live="polite" className="rounded-md border bg-muted px-3 py-2 text-sm">
      {nanos === null ? t('exampleNone') : t('example', { cost: quantity(format, nanosToUsd(nanos), 'usd') })}
    </p>
  )
}

function draftOf(row: PriceRow | undefined, firstProvider: string): Draft {
  const rates = row?.inForce
  const shown = (usd: number | null | undefined) => (usd == null ? '' : String(usd))
  return {
    provider: row?.provider.slug ?? firstProvider,
    model: row?.model ?? '',
    input: shown(rates?.input),
    cached: shown(rates?.cached),
    output: shown(rates?.output),
    from: '',
  }
}

function bodyOf(draft: Draft, timeZone: string) {
  const from = draft.from === '' ? null : fromWallClock(draft.from, timeZone)
  return {
    provider: draft.provider,
    model: draft.model.trim(),
    input_usd_per_mtok: Number(draft.input),
    cached_input_usd_per_mtok: draft.cached.trim() === '' ? null : Number(draft.cached),
    output_usd_per_mtok: Number(draft.output),
    ...(from && { effective_from: from.toISOString() }),
  }
}
