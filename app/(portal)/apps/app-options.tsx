'use client'

import { useTranslations } from 'next-intl'
import { Details } from '@/components/ui/details'
import { Field, FieldFrame, SelectField } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import type { AppDraft } from './app-draft'
import type { FieldsProps } from './app-form'

type ListName = 'pools' | 'tenantScope' | 'projectScope' | 'featureScope' | 'allowEnvironments' | 'allowedIps'

/** What few apps need, folded away. It opens by itself when the server complains about something inside. */
export function AppOptions({
  draft,
  change,
  choices,
  errorOf,
  initiallyOpen,
}: FieldsProps & { initiallyOpen: boolean }) {
  const t = useTranslations('appForm')
  const lists: {
    name: ListName
    param: string
    label: string
    hint: string
    placeholder: string
    suggestions?: string[]
  }[] = [
    {
      name: 'pools',
      param: 'pools',
      label: t('pools'),
      hint: t('poolsHint'),
      placeholder: t('everyPool'),
      suggestions: choices.pools.map((pool) => pool.slug),
    },
    {
      name: 'allowEnvironments',
      param: 'allow_environments',
      label: t('allowEnvironments'),
      hint: t('allowEnvironmentsHint'),
      placeholder: t('onlyOwn'),
      suggestions: choices.environments,
    },
    {
      name: 'tenantScope',
      param: 'tenant_scope',
      label: t('tenantScope'),
      hint: t('scopeHint'),
      placeholder: draft.tenant,
    },
    {
      name: 'projectScope',
      param: 'project_scope',
      label: t('projectScope'),
      hint: t('scopeHint'),
      placeholder: draft.project,
    },
    {
      name: 'featureScope',
      param: 'feature_scope',
      label: t('featureScope'),
      hint: t('featureScopeHint'),
      placeholder: '*',
    },
    {
      name: 'allowedIps',
      param: 'allowed_ips',
      label: t('allowedIps'),
      hint: t('allowedIpsHint'),
      placeholder: t('everyAddress'),
    },
  ]
  const hasError = [...lists.map(({ param }) => param), 'default_max_output_tokens'].some(errorOf)
  return (
    <Details title={t('advanced')} open={initiallyOpen || hasError}>
      {lists.map(({ name, param, label, hint, ...input }) => (
        <FieldFrame key={name} label={label} hint={hint} error={errorOf(param)}>
          {(control) => (
            <TokenInput
              {...control}
              {...input}
              values={draft[name]}
              onChange={(values) => change({ [name]: values })}
            />
          )}
        </FieldFrame>
      ))}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('maxOutput')}
          hint={t('maxOutputHint')}
          type="number"
          min={1}
          max={10_000_000}
          step={1}
          required
          value={draft.defaultMaxOutputTokens}
          onChange={(event) => change({ defaultMaxOutputTokens: event.target.value })}
          error={errorOf('default_max_output_tokens')}
        />
        <SelectField
          label={t('language')}
          hint={t('languageHint')}
          value={draft.language}
          onChange={(event) => change({ language: event.target.value as AppDraft['language'] })}
          options={[
            { value: 'en', label: 'English' },
            { value: 'zh', label: '中文' },
          ]}
        />
      </div>
    </Details>
  )
}
