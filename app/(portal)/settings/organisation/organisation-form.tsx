'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/checkbox'
import { Field, SelectField } from '@/components/ui/field'
import { useToast } from '@/components/ui/toast'

export type Organisation = {
  organisation_name: string | null
  time_zone: string
  language: 'en' | 'zh'
  default_provider: string | null
  digest_daily: boolean
  digest_weekly: boolean
  digest_hour: number
}

export function OrganisationForm({
  organisation,
  providers,
  timeZones,
  mayChange,
}: {
  organisation: Organisation
  providers: { slug: string; name: string }[]
  timeZones: string[]
  mayChange: boolean
}) {
  const t = useTranslations('organisation')
  const router = useRouter()
  const toast = useToast()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AdminError>()
  const zones = timeZones.includes(organisation.time_zone)
    ? timeZones
    : [organisation.time_zone, ...timeZones]

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const orNull = (name: string) => String(form.get(name)).trim() || null
    setBusy(true)
    setError(undefined)
    const result = await callAdmin('PATCH', '/settings', {
      organisation_name: orNull('organisation_name'),
      time_zone: form.get('time_zone'),
      language: form.get('language'),
      default_provider: orNull('default_provider'),
      digest_daily: form.has('digest_daily'),
      digest_weekly: form.has('digest_weekly'),
      digest_hour: Number(form.get('digest_hour')),
    })
    setBusy(false)
    if (!result.ok) return setError(result.error)
    toast({ title: t('saved') })
    router.refresh()
  }

  return (
    <form onSubmit={submit}>
      <fieldset disabled={!mayChange} className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('name')}
          name="organisation_name"
          defaultValue={organisation.organisation_name ?? ''}
          hint={t('nameHint')}
          maxLength={100}
        />
        <SelectField
          label={t('timeZone')}
          name="time_zone"
          defaultValue={organisation.time_zone}
          hint={t('timeZoneHint')}
          options={zones.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))}
        />
        <SelectField
          label={t('language')}
          name="language"
          defaultValue={organisation.language}
          hint={t('languageHint')}
          options={[
            { value: 'en', label: 'English' },
            { value: 'zh', label: '中文' },
          ]}
        />
        <SelectField
          label={t('defaultProvider')}
          name="default_provider"
          defaultValue={organisation.default_provider ?? ''}
          hint={t('defaultProviderHint')}
          options={[
            { value: '', label: t('automatic') },
            ...providers.map(({ slug, name }) => ({ value: slug, label: name })),
          ]}
        />
        <Digests organisation={organisation} />
        {error && (
          <div className="sm:col-span-2">
            <ErrorNotice error={error} />
          </div>
        )}
        {mayChange && (
          <div className="sm:col-span-2">
            <Button type="submit" pending={busy}>
              {t('save')}
            </Button>
          </div>
        )}
      </fieldset>
    </form>
  )
}

/** The summaries that every channel gets. */
function Digests({ organisation }: { organisation: Organisation }) {
  const t = useTranslations('organisation')
  const { digest_daily: daily, digest_weekly: weekly, digest_hour: hour } = organisation
  return (
    <>
      <div className="grid content-start gap-3">
        <Choice
          look="switch"
          name="digest_daily"
          label={t('digestDaily')}
          hint={t('digestDailyHint')}
          defaultChecked={daily}
        />
        <Choice
          look="switch"
          name="digest_weekly"
          label={t('digestWeekly')}
          hint={t('digestWeeklyHint')}
          defaultChecked={weekly}
        />
      </div>
      <SelectField
        label={t('digestHour')}
        name="digest_hour"
        defaultValue={String(hour)}
        options={Array.from({ length: 24 }, (_, value) => ({
          value: String(value),
          label: `${String(value).padStart(2, '0')}:00`,
        }))}
      />
    </>
  )
}
