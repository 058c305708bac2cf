'use client'

import { X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Details } from '@/components/ui/details'
import { FieldFrame } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { TokenInput } from '@/components/ui/token-input'
import { possibleLists, type ScopeList, withList } from './rule-draft'
import type { FieldsProps } from './rule-sheet'

type Named = { id: string; name: string }
type NamedList = 'key' | 'provider' | 'pool' | 'app'

export type ScopeChoices = {
  named: Record<NamedList, Named[]>
  /** Offered; others are possible. */
  known: Record<Exclude<ScopeList, NamedList>, string[]>
}

/** Which part of everything the rule looks at; lists that are empty leave nothing out. */
export function RuleScopeField({ draft, change, errorOf, choices }: FieldsProps & { choices: ScopeChoices }) {
  const t = useTranslations('alertRules')
  const words = useListWords()
  const lists = possibleLists(draft.kind)
  if (lists.length === 0) return null
  const chosen = lists.flatMap((name) => draft.scope[name] ?? []).length
  return (
    <Details
      title={chosen > 0 ? t('onlyForSome', { count: chosen }) : t('onlyFor')}
      open={chosen > 0 || errorOf('scope') !== undefined}
    >
      <p className={`text-sm ${errorOf('scope') ? 'text-destructive' : 'text-muted-foreground'}`}>
        {errorOf('scope') ?? t('onlyForHint')}
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        {lists.map((name) => (
          <FieldFrame key={name} label={words[name]}>
            {(control) => {
              const values = draft.scope[name] ?? []
              const onChange = (next: string[]) => change({ scope: withList(draft.scope, name, next) })
              return isNamed(name) ? (
                <Chosen {...control} values={values} choices={choices.named[name]} onChange={onChange} />
              ) : (
                <TokenInput
                  {...control}
                  values={values}
                  suggestions={choices.known[name]}
                  placeholder={t('everything')}
                  onChange={onChange}
                />
              )
            }}
          </FieldFrame>
        ))}
      </div>
    </Details>
  )
}

function isNamed(name: ScopeList): name is NamedList {
  return ['key', 'provider', 'pool', 'app'].includes(name)
}

/** Some of the choices, by name; one that is archived shows its id. */
function Chosen({
  values,
  choices,
  onChange,
  ...control
}: {
  values: string[]
  choices: Named[]
  onChange: (values: string[]) => void
  id: string
}) {
  const t = useTranslations('alertRules')
  const nameOf = (id: string) => choices.find((choice) => choice.id === id)?.name ?? id
  const left = choices.filter(({ id }) => !values.includes(id))
  return (
    <div className="grid gap-1.5">
      <Select
        {...control}
        value=""
        onChange={(event) => onChange([...values, event.target.value])}
        options={[
          {
            value: '',
            label: values.length === 0 ? t('everything') : t('addOne'),
            disabled: values.length > 0,
          },
          ...left.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      {values.length > 0 && (
        <ul className="flex flex-wrap gap-1">
          {values.map((id) => (
            <li key={id} className="inline-flex max-w-full items-center rounded border bg-muted pl-2 text-sm">
              <span className="truncate">{nameOf(id)}</span>
              <button
                type="button"
                aria-label={t('removeNamed', { name: nameOf(id) })}
                className="grid size-6 shrink-0 cursor-pointer place-items-center rounded text-muted-foreground -outline-offset-2 hover:text-foreground"
                onClick={() => onChange(values.filter((other) => other !== id))}
              >
                <X aria-hidden="true" className="size-3" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function useListWords(): Record<ScopeList, string> {
  const t = useTranslations('alertRules')
  return {
    key: t('onlyKeys'),
    provider: t('onlyProviders'),
    pool: t('onlyPools'),
    app: t('onlyApps'),
    tenant: t('onlyTenants'),
    project: t('onlyProjects'),
    feature: t('onlyFeatures'),
    model: t('onlyModels'),
    environment: t('onlyEnvironments'),
  }
}
