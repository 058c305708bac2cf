'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { OrderButtons } from '@/components/order-buttons'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { Menu, MenuItem, MenuLabel } from '@/components/ui/menu'
import { moved, type PoolDraft } from './pool-draft'
import type { PoolKeyChoice } from './pool-form'

type Member = PoolDraft['keys'][number]

/**
 * The keys of a pool in their order, each with its weight and, where the strategy goes by them, its tier. `fixed`: which
 * keys there are is not chosen here.
 */
export function PoolKeysField({
  members,
  onChange,
  keys,
  fixed,
  withTiers,
  error,
}: {
  members: Member[]
  onChange: (members: Member[]) => void
  keys: PoolKeyChoice[]
  fixed: boolean
  withTiers: boolean
  error: string | undefined
}) {
  const t = useTranslations('pools')
  const addable = keys.filter((key) => !members.some((member) => member.key_id === key.id))
  const add = (key_id: string) => onChange([...members, { key_id, weightText: '', tierText: '' }])
  const change = (index: number, changes: Partial<Member>) =>
    onChange(members.map((member, at) => (at === index ? { ...member, ...changes } : member)))
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
              {withTiers && (
                <span className="w-28">
                  <Input
                    type="number"
                    min={1}
                    max={100}
                    aria-label={t('tierOf', { name })}
                    placeholder={t('ownTier', { tier: key?.tier ?? 1 })}
                    value={member.tierText}
                    onChange={(event) => change(index, { tierText: event.target.value })}
                  />
                </span>
              )}
              <span className="w-28">
                <Input
                  type="number"
                  min={1}
                  max={1000}
                  aria-label={t('weightOf', { name })}
                  placeholder={t('ownWeight', { weight: key?.weight ?? 1 })}
                  value={member.weightText}
                  onChange={(event) => change(index, { weightText: event.target.value })}
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
      {!fixed && keys.length > 0 && (
        <div>
          <Menu
            align="start"
            trigger={
              <Button look="secondary" size="sm">
                <Plus aria-hidden="true" />
                {t('addKey')}
              </Button>
            }
          >
            {addable.length === 0 && <MenuLabel>{t('noKeysLeft')}</MenuLabel>}
            {addable.map((key) => (
              <MenuItem key={key.id} onSelect={() => add(key.id)}>
                {key.name} <span className="text-muted-foreground">{key.provider}</span>
              </MenuItem>
            ))}
          </Menu>
        </div>
      )}
      {!fixed && keys.length === 0 && <p className="text-sm text-muted-foreground">{t('noKeysHere')}</p>}
    </fieldset>
  )
}
