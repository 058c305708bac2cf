'use client'

import { ListFilter } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { callAdmin } from '@/components/call-admin'
import { useParams } from '@/components/data-table/filters'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/checkbox'
import { Dialog } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Menu, MenuItem } from '@/components/ui/menu'
import type { UsageRow } from '@/lib/schemas/usage'
import type { UsageDimension } from '@/lib/schemas/usage-dimensions'
import { useDimensionWords, useValueWords } from './words'

type Found = Awaited<ReturnType<typeof callAdmin<{ rows: UsageRow[] }>>>

/** Choose a dimension, then among the values that calls of the range (`query`) have. */
export function AddFilter({ query, offered }: { query: string; offered: readonly UsageDimension[] }) {
  const t = useTranslations('usageControls')
  const dimensions = useDimensionWords()
  const { pending } = useParams()
  const [dimension, setDimension] = useState<UsageDimension | null>(null)
  const [found, setFound] = useState<Found | null>(null)
  const loading = dimension !== null && found === null

  async function choose(name: UsageDimension) {
    setDimension(name)
    setFound(null)
    setFound(await callAdmin<{ rows: UsageRow[] }>('GET', `/usage?${query}&group_by=${name}`))
  }

  function close() {
    setDimension(null)
    setFound(null)
  }

  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button look="secondary" pending={pending || loading}>
            <ListFilter aria-hidden="true" />
            {t('addFilter')}
          </Button>
        }
      >
        {offered.map((name) => (
          <MenuItem key={name} onSelect={() => choose(name)}>
            {dimensions[name]}
          </MenuItem>
        ))}
      </Menu>
      <Dialog
        open={found !== null}
        onOpenChange={(open) => !open && close()}
        title={dimension ? t('filterBy', { dimension: dimensions[dimension].toLowerCase() }) : ''}
      >
        {found && !found.ok && <ErrorNotice error={found.error} />}
        {dimension && found?.ok && <Values dimension={dimension} rows={found.data.rows} onDone={close} />}
      </Dialog>
    </>
  )
}

function Values({
  dimension,
  rows,
  onDone,
}: {
  dimension: UsageDimension
  rows: UsageRow[]
  onDone: () => void
}) {
  const t = useTranslations('usageControls')
  const words = useValueWords()
  const { params, set } = useParams()
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(() => new Set(params.getAll(dimension)))
  const values = rows
    .flatMap((row) => {
      const value = row[dimension]
      const name = dimension === 'app' || dimension === 'key' ? row[`${dimension}_name`] : null
      return value
        ? [{ value, text: words(dimension, value, name), requests: row.requests + row.refused }]
        : []
    })
    .sort((a, b) => b.requests - a.requests)
  const listed = values.filter(({ text }) => text.toLowerCase().includes(typed.trim().toLowerCase()))
  if (values.length === 0) return <p className="text-sm text-muted-foreground">{t('filterNone')}</p>

  function tick(value: string, checked: boolean) {
    const next = new Set(chosen)
    if (checked) next.add(value)
    else next.delete(value)
    setChosen(next)
  }

  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        set({ [dimension]: [...chosen] })
        onDone()
      }}
    >
      {values.length > 8 && (
        <Field
          label={t('filterFind')}
          type="search"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      <ul className="grid max-h-80 gap-3 overflow-y-auto p-1">
        {listed.slice(0, 100).map(({ value, text, requests }) => (
          <li key={value}>
            <Choice
              label={text}
              hint={t('filterRequests', { count: requests })}
              checked={chosen.has(value)}
              onChange={(event) => tick(value, event.target.checked)}
            />
          </li>
        ))}
      </ul>
      <div className="flex justify-end">
        <Button type="submit">{t('filterApply')}</Button>
      </div>
    </form>
  )
}
