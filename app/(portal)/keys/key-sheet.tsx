'use client'

import { Pencil, Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useAddressFlag } from '@/components/address-flag'
import { useErrorText } from '@/components/admin-error'
import { callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Sheet } from '@/components/ui/sheet'
import { useToast } from '@/components/ui/toast'
import type { EditedKey } from './key-draft'
import { type KeyChoices, KeyForm, type SavedKey } from './key-form'
import type { Probe } from './probe-result'

/** The button that adds a key, and its form; `/keys?add=1` opens it. */
export function AddKey({ choices }: { choices: KeyChoices }) {
  const t = useTranslations('keyForm')
  const [open, setOpen] = useAddressFlag('add')
  return (
    <>
      <Button onClick={() => setOpen('1')}>
        <Plus aria-hidden="true" />
        {t('add')}
      </Button>
      <KeySheet
        title={t('addTitle')}
        description={t('addDescription')}
        open={open !== null}
        onClose={() => setOpen(null)}
        choices={choices}
      />
    </>
  )
}

export function EditKey({ choices, edited }: { choices: KeyChoices; edited: EditedKey }) {
  const t = useTranslations('keyForm')
  const [open, setOpen] = useAddressFlag('edit')
  return (
    <>
      <Button look="secondary" onClick={() => setOpen('1')}>
        <Pencil aria-hidden="true" />
        {t('edit')}
      </Button>
      <KeySheet
        title={t('editTitle', { name: edited.name })}
        open={open !== null}
        onClose={() => setOpen(null)}
        choices={choices}
        edited={edited}
      />
    </>
  )
}

function KeySheet({
  title,
  description,
  open,
  onClose,
  choices,
  edited,
}: {
  title: string
  description?: string
  open: boolean
  onClose: () => void
  choices: KeyChoices
  edited?: EditedKey
}) {
  const t = useTranslations('keyForm')
  const router = useRouter()
  const toast = useToast()
  const { about } = useErrorText()

  async function saved(key: SavedKey) {
    onClose()
    router.refresh()
    toast({ title: edited ? t('changed', { name: key.name }) : t('added', { name: key.name }), tone: 'good' })
    // What a reference names can only be tried where it is read.
    if (key.secret_state !== 'reference' || edited) return
    const result = await callAdmin<Probe>('POST', `/keys/${key.id}/probe`)
    const ok = result.ok && result.data.ok
    toast({
      title: ok ? t('referenceWorks') : t('referenceFails'),
      text: result.ok ? (result.data.error ?? undefined) : about(result.error).title,
      tone: ok ? 'good' : 'bad',
    })
  }

  return (
    <Sheet
      size="lg"
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={title}
      description={description}
    >
      <KeyForm choices={choices} edited={edited} onSaved={saved} onCancel={onClose} />
    </Sheet>
  )
}
