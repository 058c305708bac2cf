'use client'

import { useTranslations } from 'next-intl'
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react'
import { useParams } from '@/components/data-table/filters'
import { Checkbox } from '@/components/ui/checkbox'
import { useRunning } from '@/components/use-running'

/** Their ids are in the address, which must not become too long. */
const tickedMost = 50

type Ticks = { ids: string[]; set: (ids: string[]) => void }
const Context = createContext<Ticks>({ ids: [], set() {} })

/** Keeps which keys are ticked: at once here, and a moment after the last tick in the address. */
export function KeyTicks({ children }: { children: ReactNode }) {
  const { params, set: setParams } = useParams()
  const inAddress = params.getAll('key').join(' ')
  const [ids, setIds] = useState(inAddress.split(' ').filter(Boolean))
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  // Back, forward and "clear" change the address from outside.
  useEffect(() => setIds(inAddress.split(' ').filter(Boolean)), [inAddress])
  useEffect(() => () => clearTimeout(timer.current), [])

  function set(next: string[]) {
    setIds(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setParams({ key: next }), 250)
  }
  return <Context value={{ ids, set }}>{children}</Context>
}

export function KeyTick({ id, name }: { id: string; name: string }) {
  const t = useTranslations('keys')
  const { ids, set } = useContext(Context)
  const running = useRunning()
  const ticked = ids.includes(id)
  return (
    <Checkbox
      aria-label={t('tick', { name })}
      checked={ticked}
      disabled={!running || (!ticked && ids.length >= tickedMost)}
      onChange={() => set(ticked ? ids.filter((other) => other !== id) : [...ids, id])}
    />
  )
}

export function KeyTickAll({ ids: all }: { ids: string[] }) {
  const t = useTranslations('keys')
  const { ids, set } = useContext(Context)
  const checked = all.length > 0 && all.every((id) => ids.includes(id))
  return (
    <Checkbox
      aria-label={t('tickAll')}
      checked={checked}
      disabled={all.length > tickedMost}
      onChange={() => set(checked ? [] : all)}
    />
  )
}
