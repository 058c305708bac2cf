'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useId, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Sheet } from '@/components/ui/sheet'
import type { CheckedKey } from './key-checks-draft'

type Props = Pick<CheckedKey, 'id' | 'name' | 'balance'>

/** Where the provider does not tell what is left: typed in, and then less with every call. */
export function TypeBalance(props: Props) {
  const t = useTranslations('keyChecks')
  const [open, setOpen] = useAddressFlag('balance')
  const close = () => setOpen(null)
  return (
    <>
      <Button look="secondary" size="sm" onClick={() => setOpen('1')}>
        {t('typeIn')}
      </Button>
      <Sheet
        open={open !== null}
        onOpenChange={(next) => !next && close()}
        title={t('typeInTitle', { name: props.name })}
        description={t('typeInText')}
      >
        <BalanceForm {...props} onClose={close} />
      </Sheet>
    </>
  )
}

function BalanceForm({ id, name, balance, onClose }: Props & { onClose: () => void }) {
  const t = useTranslations('keyChecks')
  const list = useId()
  const [amount, setAmount] = useState(balance ? String(balance.amount) : '')
  const [currency, setCurrency] = useState(balance?.currency ?? 'USD')
  const { pending, error, errorOf, save } = useSave(onClose)

  function submit(event: FormEvent) {
    event.preventDefault()
    save('PUT', `/keys/${id}/balance`, { amount: Number(amount), currency }, t('balanceSaved', { name }))
  }

  return (
    <form onSubmit={submit} className="grid gap-5" autoComplete="off">
      <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
        <Field
          label={t('amount')}
          type="number"
          inputMode="decimal"
          step="any"
          value={amount}
          onChange={(event) => setAmount(event.target.value)}
          error={errorOf('amount')}
          required
        />
        <Field
          label={t('currency')}
          value={currency}
          onChange={(event) => setCurrency(event.target.value.toUpperCase())}
          error={errorOf('currency')}
          list={list}
          maxLength={3}
          required
        />
      </div>
      <datalist id={list}>
        {['USD', 'CNY', 'EUR'].map((code) => (
          <option key={code} value={code} />
        ))}
      </datalist>
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}
