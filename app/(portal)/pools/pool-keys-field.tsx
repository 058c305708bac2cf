'use client'

import { useTranslations } from 'next-intl'
import { Input } from '@/components/ui/input'
import { Select } from '@/components/ui/select'
import { OrderButtons } from './order-buttons'
import { moved, type PoolDraft } from './pool-draft'
import type { PoolKeyChoice } from './pool-form'

type Member = PoolDraft['keys'][number]

/** The keys of a pool in their order, each with its weight; `fixed`: which keys there are is not chosen here. */
export function PoolKeysField({
  members,
  onChange,
  keys,
  fixed,
  error,
}: {
  members: Member[]
  onChange: (members: Member[]) => void
  keys: PoolKeyChoice[]
  fixed: boolean
  error: string | undefined
}) {
  const t = useTranslations('pools')
  const addable = keys.filter((key) => !members.some((member) => member.key_id === key.id))
  const add = (key_id: string) => onChange([...members, { key_id, weight: null, tier: null, weightText: '' }])
  const change = (index: number, weightText: string) =>
    onChange(members.map((member, at) => (at === index ? { ...member, weightText } : member)))
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 text-sm font-medium">{t('keys')}</legend>
      <p className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>
        {error ?? (fixed ? t('keysFixed') : t('keysHint'))}
      </p>
      <ol className="grid gap-2">
        {members.map((member, index) => {
          const key = keys.find((candidate) => candidate.id === member.key_id)
          const name = key?.name ?? member.key_id
          return (
            <li key={member.key_id} className="flex flex-wrap items-center gap-2 rounded-md border px-3 py-2">
              <span className="min-w-0 flex-1 text-sm">
                <span className="font-medium">{name}</span>{' '}
                <span className="text-xs text-muted-foreground">{key?.provider}</span>
              </span>
              <span className="w-28">
                <Input
                  type="number"
                  min={1}
                  max={1000}
                  aria-label={t('weightOf', { name })}
                  placeholder={t('ownWeight', { weight: key?.weight ?? 1 })}
                  value={member.weightText}
                  onChange={(event) => change(index, event.target.value)}
                />
              </span>
              <OrderButtons
                name={name}
                index={index}
                count={members.length}
                onMove={(by) => onChange(moved(members, index, by))}
                onRemove={fixed ? undefined : () => onChange(members.filter((_, at) => at !== index))}
              />
            </li>
          )
        })}
      </ol>
      {!fixed && addable.length > 0 && (
        <Select
          aria-label={t('addKey')}
          value=""
          onChange={(event) => event.target.value && add(event.target.value)}
          options={[
            { value: '', label: t('addKey') },
            ...addable.map((key) => ({ value: key.id, label: `${key.name} (${key.provider})` })),
          ]}
        />
      )}
      {!fixed && keys.length === 0 && <p className="text-sm text-muted-foreground">{t('noKeysHere')}</p>}
    </fieldset>
  )
}
