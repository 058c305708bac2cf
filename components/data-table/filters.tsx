'use client'

import { ChevronDown, LoaderCircle, Search, X } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type ReactNode, useEffect, useId, useRef, useState, useTransition } from 'react'
import { Button } from '../ui/button'
import { controlClass } from '../ui/input'
import { Menu, MenuCheckbox } from '../ui/menu'
import { type Option, Select } from '../ui/select'
import { type SearchParams, withParams } from './query'

/** The filters above a table, with the number of results, which is also read out when it changes. */
export function FilterBar({ count, children }: { count?: number; children: ReactNode }) {
  const t = useTranslations('ui')
  return (
    <search aria-label={t('filters')} className="flex flex-wrap items-center gap-2">
      {children}
      {count !== undefined && (
        <p aria-live="polite" className="ml-auto text-sm text-muted-foreground tabular-nums">
          {t('results', { count })}
        </p>
      )}
    </search>
  )
}

/** Writes parameters into the address; the server then answers with what fits. */
export function useParams() {
  const router = useRouter()
  const path = usePathname()
  const params = useSearchParams()
  const [pending, start] = useTransition()

  function set(changes: Record<string, string | string[] | null>) {
    const current: SearchParams = {}
    for (const name of params.keys()) current[name] = params.getAll(name)
    start(() => router.replace(withParams(path, current, changes), { scroll: false }))
  }
  return { params, pending, set }
}

/** Searches while typing, 300 ms after the last letter. */
export function SearchFilter({ name = 'q', placeholder }: { name?: string; placeholder: string }) {
  const { params, pending, set } = useParams()
  const inAddress = params.get(name) ?? ''
  const [text, setText] = useState(inAddress)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const sent = useRef(inAddress)

  // Back, forward and "clear filters" change the address from outside; what was typed here is newer than its answer.
  useEffect(() => {
    if (inAddress !== sent.current) setText(inAddress)
    sent.current = inAddress
  }, [inAddress])
  useEffect(() => () => clearTimeout(timer.current), [])

  function type(value: string) {
    setText(value)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      sent.current = value.trim()
      set({ [name]: sent.current })
    }, 300)
  }

  const Icon = pending ? LoaderCircle : Search
  return (
    <span className="relative w-full sm:w-64">
      <Icon
        aria-hidden="true"
        className={`pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted-foreground ${pending ? 'animate-spin motion-reduce:animate-none' : ''}`}
      />
      <input
        type="search"
        aria-label={placeholder}
        placeholder={placeholder}
        value={text}
        maxLength={200}
        onChange={(event) => type(event.target.value)}
        className={`${controlClass} h-9 pr-3 pl-8`}
      />
    </span>
  )
}

/** One value, or all. */
export function SelectFilter({ name, label, options }: { name: string; label: string; options: Option[] }) {
  const t = useTranslations('ui')
  const { params, set } = useParams()
  const id = useId()
  return (
    <span className="flex min-w-0 items-center gap-2">
      <label htmlFor={id} className="text-sm whitespace-nowrap text-muted-foreground">
        {label}
      </label>
      <Select
        id={id}
        value={params.get(name) ?? ''}
        options={[{ value: '', label: t('all') }, ...options]}
        onChange={(event) => set({ [name]: event.target.value })}
      />
    </span>
  )
}

/** Any number of values, with how many rows each has. */
export function MultiFilter({
  name,
  label,
  options,
}: {
  name: string
  label: string
  options: (Option & { count?: number })[]
}) {
  const { params, set } = useParams()
  const chosen = params.getAll(name)
  return (
    <Menu
      align="start"
      trigger={
        <Button look="secondary">
          {label}
          {chosen.length > 0 && (
            <span className="rounded bg-muted px-1.5 text-xs/5 tabular-nums">{chosen.length}</span>
          )}
          <ChevronDown aria-hidden="true" />
        </Button>
      }
    >
      {options.map(({ value, label: text, count }) => (
        <MenuCheckbox
          key={value}
          checked={chosen.includes(value)}
          onChange={(checked) =>
            set({ [name]: checked ? [...chosen, value] : chosen.filter((other) => other !== value) })
          }
        >
          <span className="min-w-0 flex-1 truncate">{text}</span>
          {count !== undefined && <span className="text-xs text-muted-foreground tabular-nums">{count}</span>}
        </MenuCheckbox>
      ))}
    </Menu>
  )
}

/** Shown while one of the named filters is set. */
export function ClearFilters({ names }: { names: string[] }) {
  const t = useTranslations('ui')
  const { params, set } = useParams()
  if (!names.some((name) => params.has(name))) return null
  return (
    <Button look="ghost" onClick={() => set(Object.fromEntries(names.map((name) => [name, null])))}>
      <X aria-hidden="true" />
      {t('clearFilters')}
    </Button>
  )
}
