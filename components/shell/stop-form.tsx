'use client'

import { OctagonX } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '../admin-error'
import { type AdminError, callAdmin } from '../call-admin'
import { Button } from '../ui/button'
import { Field, FieldFrame, SelectField } from '../ui/field'
import { Notice } from '../ui/notice'
import { useToast } from '../ui/toast'
import { TokenInput } from '../ui/token-input'
import { type StopEnd, stopEnd } from './stop-end'
import { ScopeField, useStoppable } from './stop-scope'
import { type StopMode, type StopScope, useStopWords } from './stop-words'

/** What to stop, how, until when and why; says in words what will happen before it does. */
export function StopForm({ timeZone, onClose }: { timeZone: string; onClose: () => void }) {
  const t = useTranslations('stops')
  const words = useStopWords()
  const router = useRouter()
  const toast = useToast()
  const [scope, setScope] = useState<StopScope>('app')
  const [id, setId] = useState('')
  const [mode, setMode] = useState<StopMode>('block')
  const [models, setModels] = useState<string[]>([])
  const [rpm, setRpm] = useState('10')
  const [end, setEnd] = useState<StopEnd>('halfHour')
  const [reason, setReason] = useState('')
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AdminError>()
  const choices = useStoppable(scope)

  const name = choices.options.find((option) => option.value === id)?.label ?? id
  const complete =
    (scope === 'global' || id.trim()) && (mode !== 'economy' || models.length > 0) && reason.trim()
  const limit = {
    mode,
    rpm: mode === 'throttle' ? Number(rpm) : null,
    models: mode === 'economy' ? models : [],
  }
  const planned = () => ({ ...limit, expires_at: stopEnd(end, new Date(), timeZone)?.toISOString() ?? null })

  async function submit(event: FormEvent) {
    event.preventDefault()
    setPending(true)
    const target = scope === 'global' ? {} : { id: id.trim() }
    const result = await callAdmin('POST', '/stops', { scope, ...target, ...planned(), reason })
    setPending(false)
    if (!result.ok) return setError(result.error)
    toast({ title: t('pressedToast', { what: words.what({ scope, scope_name: name }) }) })
    onClose()
    router.refresh()
  }

  return (
    <form onSubmit={submit} className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={t('scope')}
          value={scope}
          onChange={(event) => {
            setScope(event.target.value as StopScope)
            setId('')
          }}
          options={[
            { value: 'app', label: t('scopeApp') },
            { value: 'tenant', label: t('scopeTenant') },
            { value: 'project', label: t('scopeProject') },
            { value: 'feature', label: t('scopeFeature') },
            { value: 'pool', label: t('scopePool') },
            { value: 'provider', label: t('scopeProvider') },
            { value: 'key', label: t('scopeKey') },
            { value: 'global', label: t('scopeGlobal') },
          ]}
        />
        <ScopeField scope={scope} value={id} onChange={setId} choices={choices} />
        <SelectField
          label={t('mode')}
          value={mode}
          onChange={(event) => setMode(event.target.value as StopMode)}
          options={[
            { value: 'block', label: t('modeBlock') },
            { value: 'economy', label: t('modeEconomy') },
            { value: 'throttle', label: t('modeThrottle') },
          ]}
        />
        <SelectField
          label={t('end')}
          value={end}
          onChange={(event) => setEnd(event.target.value as StopEnd)}
          options={[
            { value: 'halfHour', label: t('endHalfHour') },
            { value: 'twoHours', label: t('endTwoHours') },
            { value: 'today', label: t('endToday') },
            { value: 'never', label: t('endNever') },
          ]}
        />
      </div>
      {mode === 'economy' && (
        <FieldFrame label={t('models')} hint={t('modelsHint')}>
          {(control) => <TokenInput {...control} values={models} onChange={setModels} />}
        </FieldFrame>
      )}
      {mode === 'throttle' && (
        <Field
          label={t('rpm')}
          type="number"
          inputMode="numeric"
          min={0}
          max={1_000_000}
          required
          value={rpm}
          onChange={(event) => setRpm(event.target.value)}
        />
      )}
      <Field
        label={t('reason')}
        hint={t('reasonHint')}
        required
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {complete && (
        <Notice tone="warning" role="status" title={t('willHappen')}>
          <p>
            {words.sentence({ scope, scope_name: name, ...planned() })} {t('within')}
          </p>
        </Notice>
      )}
      {error && <ErrorNotice error={error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button type="submit" look="destructive" disabled={!complete} pending={pending}>
          <OctagonX aria-hidden="true" />
          {t('stopNow')}
        </Button>
      </div>
    </form>
  )
}
