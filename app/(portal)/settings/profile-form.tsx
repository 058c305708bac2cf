'use client'

import { useRouter } from 'next/navigation'
import { useLocale, useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { Field, SelectField } from '@/components/ui/field'
import { useToast } from '@/components/ui/toast'
import { languageNames, languages } from '@/lib/i18n/languages'

/** Short forms are what the admin API speaks. */
const shortForm = { en: 'en', 'zh-CN': 'zh' } as const

export function ProfileForm({ name, language }: { name: string; language: 'en' | 'zh' | null }) {
  const t = useTranslations('profile')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const shown = useLocale()
  const [busy, setBusy] = useState(false)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const chosen = String(form.get('language'))
    setBusy(true)
    const result = await callAdmin('PATCH', '/me', {
      name: String(form.get('name')).trim(),
      language: chosen === '' ? null : chosen,
    })
    setBusy(false)
    if (!result.ok) return showError(result.error)
    const tag = languages.find((candidate) => shortForm[candidate] === chosen)
    // Also for the pages of this very visit; comes back here.
    if (tag && tag !== shown) return window.location.assign(`/preferences?language=${tag}`)
    toast({ title: t('saved') })
    router.refresh()
  }

  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      <Field label={t('name')} name="name" defaultValue={name} autoComplete="name" maxLength={100} required />
      <SelectField
        label={t('language')}
        name="language"
        defaultValue={language ?? ''}
        hint={t('languageHint')}
        options={[
          { value: '', label: t('languageOfBrowser') },
          ...languages.map((tag) => ({ value: shortForm[tag], label: languageNames[tag] })),
        ]}
      />
      <div className="sm:col-span-2">
        <Button type="submit" pending={busy}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}
