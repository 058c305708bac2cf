'use client'

import { useTranslations } from 'next-intl'
import { useEffect, useId, useState } from 'react'
import { callAdmin } from '../call-admin'
import { Field, SelectField } from '../ui/field'
import type { Option } from '../ui/select'
import type { StopScope } from './stop-words'

type Row = {
  id: string
  name: string
  slug?: string
  provider?: string
  last4?: string
  tenant?: string
  project?: string
  tenant_scope?: string[]
  project_scope?: string[]
  feature_scope?: string[]
}
type Choices = { state: 'loading' | 'ready' | 'failed'; options: Option[] }

const lists = {
  tenant: '/apps',
  project: '/apps',
  feature: '/apps',
  app: '/apps',
  pool: '/pools',
  provider: '/providers',
  key: '/keys',
}
/** At most so many pages of 200: what is further down can be typed. */
const mostPages = 5

/** What can be stopped in a scope. */
export function useStoppable(scope: StopScope): Choices {
  const [read, setRead] = useState<Choices & { scope: StopScope }>()

  useEffect(() => {
    let stale = false
    if (scope === 'global') return
    readAll(lists[scope]).then((rows) => {
      if (stale) return
      setRead(
        rows
          ? { scope, state: 'ready', options: optionsOf(scope, rows) }
          : { scope, state: 'failed', options: [] },
      )
    })
    return () => {
      stale = true
    }
  }, [scope])

  return read?.scope === scope ? read : { state: 'loading', options: [] }
}

async function readAll(path: string): Promise<Row[] | null> {
  const rows: Row[] = []
  let cursor: string | null = null
  for (let page = 0; page < mostPages; page++) {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const result = await callAdmin<{ data: Row[]; next_cursor: string | null }>(
      'GET',
      `${path}?limit=200${query}`,
    )
    if (!result.ok) return null
    rows.push(...result.data.data)
    cursor = result.data.next_cursor
    if (!cursor) break
  }
  return rows
}

/** Tenants, projects and features are names that apps use; the others are rows with an id. */
export function optionsOf(scope: StopScope, rows: Row[]): Option[] {
  const names = (values: (string | undefined)[]) =>
    [...new Set(values)]
      .filter((value) => value && !value.includes('*'))
      .sort()
      .map((value = '') => ({ value, label: value }))
  if (scope === 'tenant') return names(rows.flatMap((row) => [row.tenant, ...(row.tenant_scope ?? [])]))
  if (scope === 'project') return names(rows.flatMap((row) => [row.project, ...(row.project_scope ?? [])]))
  if (scope === 'feature') return names(rows.flatMap((row) => row.feature_scope ?? []))
  return rows
    .map((row) => ({
      value: row.id,
      label: scope === 'key' ? `${row.provider} / ${row.name}${row.last4 ? ` …${row.last4}` : ''}` : row.name,
    }))
    .sort((a, b) => a.label.localeCompare(b.label))
}

/** Rows are chosen; names may also be typed, since calls can bring new ones. */
export function ScopeField({
  scope,
  value,
  onChange,
  choices,
}: {
  scope: StopScope
  value: string
  onChange: (value: string) => void
  choices: Choices
}) {
  const t = useTranslations('stops')
  const list = useId()
  if (scope === 'global')
    return <p className="self-end pb-2 text-sm text-muted-foreground">{t('everything')}</p>
  if (scope === 'tenant' || scope === 'project' || scope === 'feature') {
    return (
      <div>
        <Field
          label={t('which')}
          list={list}
          required
          maxLength={100}
          value={value}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
        <datalist id={list}>
          {choices.options.map((option) => (
            <option key={option.value} value={option.value} />
          ))}
        </datalist>
      </div>
    )
  }
  const first = {
    loading: t('loading'),
    failed: t('loadFailed'),
    ready: choices.options.length > 0 ? t('choose') : t('nothingThere'),
  }[choices.state]
  return (
    <SelectField
      label={t('which')}
      required
      value={value}
      options={[{ value: '', label: first }, ...choices.options]}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
