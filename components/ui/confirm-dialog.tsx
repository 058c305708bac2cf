'use client'

import { useTranslations } from 'next-intl'
import { type ReactNode, useId, useState } from 'react'
import { ErrorNotice } from '../admin-error'
import type { AdminError, AdminResult } from '../call-admin'
import { Button } from './button'
import { Dialog } from './dialog'
import { Field } from './field'

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** What will happen, in words. */
  description: ReactNode
  confirmLabel: string
  /** What is harmless is confirmed with the primary look. */
  look?: 'destructive' | 'primary'
  /** For what cannot be taken back: this text must be typed first. */
  typeToConfirm?: string
  /** The dialog closes when it answers `ok`, and shows the error otherwise. */
  onConfirm: () => Promise<AdminResult<unknown>>
  children?: ReactNode
}

/** Asks before something destructive. */
export function ConfirmDialog({ open, onOpenChange, title, description, ...rest }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={description}>
      <ConfirmForm onClose={() => onOpenChange(false)} {...rest} />
    </Dialog>
  )
}

function ConfirmForm({
  confirmLabel,
  look = 'destructive',
  typeToConfirm,
  onConfirm,
  onClose,
  children,
}: Pick<Props, 'confirmLabel' | 'look' | 'typeToConfirm' | 'onConfirm' | 'children'> & {
  onClose: () => void
}) {
  const t = useTranslations('ui')
  const form = useId()
  const [typed, setTyped] = useState('')
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AdminError>()
  const ready = !typeToConfirm || typed.trim() === typeToConfirm

  async function confirm() {
    if (!ready || pending) return
    setPending(true)
    const result = await onConfirm()
    setPending(false)
    if (result.ok) onClose()
    else setError(result.error)
  }

  return (
    <form
      id={form}
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        confirm()
      }}
    >
      {children}
      {typeToConfirm && (
        <Field
          label={t('typeToConfirm', { text: typeToConfirm })}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {error && <ErrorNotice error={error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button type="submit" look={look} disabled={!ready} pending={pending}>
          {confirmLabel}
        </Button>
      </div>
    </form>
  )
}
