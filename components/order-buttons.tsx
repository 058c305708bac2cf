'use client'

import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { IconButton } from './ui/button'

/** Moves an item of a list up or down, or takes it out. */
export function OrderButtons({
  name,
  index,
  count,
  onMove,
  onRemove,
}: {
  name: string
  index: number
  count: number
  onMove: (by: -1 | 1) => void
  onRemove?: () => void
}) {
  const t = useTranslations('orderButtons')
  return (
    <span className="flex">
      <IconButton size="sm" label={t('up', { name })} disabled={index === 0} onClick={() => onMove(-1)}>
        <ArrowUp aria-hidden="true" />
      </IconButton>
      <IconButton
        size="sm"
        label={t('down', { name })}
        disabled={index === count - 1}
        onClick={() => onMove(1)}
      >
        <ArrowDown aria-hidden="true" />
      </IconButton>
      {onRemove && (
        <IconButton size="sm" label={t('remove', { name })} onClick={onRemove}>
          <X aria-hidden="true" />
        </IconButton>
      )}
    </span>
  )
}
