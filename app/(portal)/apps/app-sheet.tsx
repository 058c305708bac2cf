'use client'

import { Pencil, Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useAddressFlag } from '@/components/address-flag'
import { Button } from '@/components/ui/button'
import { Sheet } from '@/components/ui/sheet'
import { useToast } from '@/components/ui/toast'
import type { AppChoices } from './app-choices'
import type { EditedApp } from './app-draft'
import { AppForm, type SavedApp } from './app-form'

/** The button that adds an app, and its form; `/apps?add=1` opens it. An app without a key is of no use, so that follows. */
export function AddApp({ choices }: { choices: AppChoices }) {
  const t = useTranslations('appForm')
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useAddressFlag('add')

  function saved({ id, name }: SavedApp) {
    toast({ title: t('added', { name }), tone: 'good' })
    router.push(`/apps/${id}?issue=1`)
  }

  return (
    <>
      <Button onClick={() => setOpen('1')}>
        <Plus aria-hidden="true" />
        {t('add')}
      </Button>
      <Sheet
        size="lg"
        open={open !== null}
        onOpenChange={(next) => !next && setOpen(null)}
        title={t('addTitle')}
        description={t('addDescription')}
      >
        <AppForm choices={choices} onSaved={saved} onCancel={() => setOpen(null)} />
      </Sheet>
    </>
  )
}

export function EditApp({ choices, edited }: { choices: AppChoices; edited: EditedApp }) {
  const t = useTranslations('appForm')
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useAddressFlag('edit')

  function saved({ name }: SavedApp) {
    setOpen(null)
    toast({ title: t('changed', { name }), tone: 'good' })
    router.refresh()
  }

  return (
    <>
      <Button look="secondary" onClick={() => setOpen('1')}>
        <Pencil aria-hidden="true" />
        {t('edit')}
      </Button>
      <Sheet
        size="lg"
        open={open !== null}
        onOpenChange={(next) => !next && setOpen(null)}
        title={t('editTitle', { name: edited.name })}
      >
        <AppForm choices={choices} edited={edited} onSaved={saved} onCancel={() => setOpen(null)} />
      </Sheet>
    </>
  )
}
