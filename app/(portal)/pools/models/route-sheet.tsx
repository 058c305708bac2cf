'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type FormEvent, useId, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { OrderButtons } from '@/components/order-buttons'
import { Button } from '@/components/ui/button'
import { Field, SelectField } from '@/components/ui/field'
import { Sheet } from '@/components/ui/sheet'
import { moved } from '../pool-draft'
import { draftOfRoute, type RouteDraft, type RouteView, routeBody, type TargetDraft } from './route-draft'

type PoolChoice = { slug: string; name: string; environment: string }

export function AddRoute() {
  const t = useTranslations('modelRoutes')
  const [, open] = useAddressFlag('edit')
  return (
    <Button onClick={() => open('new')}>
      <Plus aria-hidden="true" />
      {t('add')}
    </Button>
  )
}

/** The form of the route that the address names: `?edit=new` or `?edit=<id>`. */
export function RouteSheet({ routes, pools }: { routes: RouteView[]; pools: PoolChoice[] }) {
  const t = useTranslations('modelRoutes')
  const [wanted, set] = useAddressFlag('edit')
  const edited = routes.find((route) => route.id === wanted)
  const close = () => set(null)
  return (
    <Sheet
      size="lg"
      open={wanted === 'new' || edited !== undefined}
      onOpenChange={(open) => !open && close()}
      title={edited ? t('editTitle', { name: edited.name }) : t('addTitle')}
      description={t('addText')}
    >
      {pools.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('noPools')}</p>
      ) : (
        <RouteForm
          edited={edited}
          pools={pools}
          models={routes
            .filter(({ id, name }) => id !== edited?.id && !name.endsWith('*'))
            .map(({ name }) => name)}
          onClose={close}
        />
      )}
    </Sheet>
  )
}

function RouteForm({
  edited,
  pools,
  models,
  onClose,
}: {
  edited: RouteView | undefined
  pools: PoolChoice[]
  /** Offered as the cheaper one. */
  models: string[]
  onClose: () => void
}) {
  const t = useTranslations('modelRoutes')
  const list = useId()
  const [draft, setDraft] = useState<RouteDraft>(() => draftOfRoute(edited, pools[0]?.slug ?? ''))
  const { pending, error, errorOf, save } = useSave(onClose)
  const setTargets = (targets: TargetDraft[]) => setDraft({ ...draft, targets })

  function submit(event: FormEvent) {
    event.preventDefault()
    const { name } = draft
    if (edited) save('PATCH', `/models/${edited.id}`, routeBody(draft), t('changed', { name }))
    else save('POST', '/models', routeBody(draft), t('added', { name }))
  }

  function add() {
    const key = Math.max(-1, ...draft.targets.map((target) => target.key)) + 1
    setTargets([...draft.targets, { key, pool: pools[0]?.slug ?? '', model: '', timeoutText: '' }])
  }

  return (
    <form onSubmit={submit} className="grid gap-5">
      <Field
        label={t('name')}
        hint={t('nameHint')}
        value={draft.name}
        onChange={(event) => setDraft({ ...draft, name: event.target.value })}
        error={errorOf('name')}
        maxLength={200}
        spellCheck={false}
        required
      />
      <fieldset className="grid gap-3">
        <legend className="mb-1 text-sm font-medium">{t('targets')}</legend>
        <p className={`text-sm ${errorOf('targets') ? 'text-destructive' : 'text-muted-foreground'}`}>
          {errorOf('targets') ?? t('targetsHint')}
        </p>
        {draft.targets.map((target, index) => (
          <TargetFields
            key={target.key}
            target={target}
            index={index}
            count={draft.targets.length}
            pools={pools}
            modelPlaceholder={draft.name}
            onChange={(changes) =>
              setTargets(draft.targets.map((other, at) => (at === index ? { ...other, ...changes } : other)))
            }
            onMove={(by) => setTargets(moved(draft.targets, index, by))}
            onRemove={() => setTargets(draft.targets.filter((_, at) => at !== index))}
          />
        ))}
        {draft.targets.length < 20 && (
          <div>
            <Button look="secondary" size="sm" onClick={add}>
              <Plus aria-hidden="true" />
              {t('addTarget')}
            </Button>
          </div>
        )}
      </fieldset>
      <Field
        label={t('downgradeTo')}
        hint={t('downgradeToHint')}
        value={draft.downgradeTo}
        onChange={(event) => setDraft({ ...draft, downgradeTo: event.target.value })}
        error={errorOf('downgrade_to')}
        list={list}
        maxLength={200}
        spellCheck={false}
      />
      <datalist id={list}>
        {models.map((model) => (
          <option key={model} value={model} />
        ))}
      </datalist>
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}

function TargetFields({
  target,
  index,
  count,
  pools,
  modelPlaceholder,
  onChange,
  onMove,
  onRemove,
}: {
  target: TargetDraft
  index: number
  count: number
  pools: PoolChoice[]
  modelPlaceholder: string
  onChange: (changes: Partial<TargetDraft>) => void
  onMove: (by: -1 | 1) => void
  onRemove: () => void
}) {
  const t = useTranslations('modelRoutes')
  return (
    <fieldset className="grid gap-3 rounded-md border px-3 py-3">
      <legend className="sr-only">{t('target', { number: index + 1 })}</legend>
      <div className="flex items-center justify-between">
        <span className="text-xs font-medium text-muted-foreground">
          {t('target', { number: index + 1 })}
        </span>
        <OrderButtons
          name={t('target', { number: index + 1 })}
          index={index}
          count={count}
          onMove={onMove}
          onRemove={count > 1 ? onRemove : undefined}
        />
      </div>
      <div className="grid gap-3 sm:grid-cols-[1fr_1fr_8rem]">
        <SelectField
          label={t('pool')}
          value={target.pool}
          onChange={(event) => onChange({ pool: event.target.value })}
          options={pools.map(({ slug, environment }) => ({ value: slug, label: `${slug} (${environment})` }))}
        />
        <Field
          label={t('model')}
          value={target.model}
          onChange={(event) => onChange({ model: event.target.value })}
          placeholder={modelPlaceholder}
          maxLength={200}
          spellCheck={false}
        />
        <Field
          label={t('timeout')}
          type="number"
          min={0.001}
          max={86400}
          step="any"
          value={target.timeoutText}
          onChange={(event) => onChange({ timeoutText: event.target.value })}
          placeholder={t('timeoutDefault')}
        />
      </div>
    </fieldset>
  )
}
