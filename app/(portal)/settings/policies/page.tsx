import { Gauge } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { countValues } from '@/components/data-table/count-values'
import { ClearFilters, FilterBar, MultiFilter, SearchFilter } from '@/components/data-table/filters'
import { text, texts } from '@/components/data-table/parameters'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { BudgetBars } from '@/components/limits/budget-bars'
import { useLimitWords } from '@/components/limits/limit-words'
import { useScopeWords } from '@/components/limits/scope-words'
import { Card } from '@/components/ui/card'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { SettingsFrame } from '../settings-frame'
import { ClearPolicy } from './clear-policy'
import type { PolicyScope } from './policy-draft'
import { usePolicyScopes } from './policy-scopes'
import { AddPolicy, EditPolicy, PolicySheet } from './policy-sheet'
import { type PolicyView, readPolicies } from './read-policies'

const path = '/settings/policies'
const filterNames = ['q', 'scope']
const policyParams = z.object({ q: text, scope: texts })

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('policies')
  return { title: t('title') }
}

export default async function PoliciesPage({ searchParams }: PageProps<'/settings/policies'>) {
  const raw = await searchParams
  const member = await requireMember(path, raw)
  if (!can(member, 'read', 'policy')) notFound()
  const { policies, names } = await readPolicies()
  const mayChange = can(member, 'update', 'policy')
  return (
    <SettingsFrame member={member} current={path}>
      <PolicyList
        policies={policies}
        raw={raw}
        mayChange={mayChange}
        mayRelease={can(member, 'update', 'budget')}
      />
      {mayChange && <PolicySheet policies={policies} names={names} />}
    </SettingsFrame>
  )
}

function PolicyList({
  policies,
  raw,
  mayChange,
  mayRelease,
}: {
  policies: PolicyView[]
  raw: SearchParams
  mayChange: boolean
  mayRelease: boolean
}) {
  const t = useTranslations('policies')
  const scopes = usePolicyScopes()
  const { q = '', scope } = policyParams.parse(raw)
  const add = mayChange && <AddPolicy />
  if (policies.length === 0)
    return <EmptyState icon={Gauge} title={t('none')} text={t('noneText')} action={add} />
  const shown = policies.filter(
    (policy) =>
      policy.id.toLowerCase().includes(q.toLowerCase()) &&
      (scope.length === 0 || scope.includes(policy.scope)),
  )
  const options = countValues(policies, (policy) => [policy.scope]).map(({ value, count }) => ({
    value,
    count,
    label: scopes[value as PolicyScope],
  }))
  return (
    <div className="grid max-w-5xl min-w-0 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-sm text-muted-foreground">{t('text')}</p>
        {add}
      </div>
      <FilterBar count={shown.length}>
        <SearchFilter placeholder={t('search')} />
        <MultiFilter name="scope" label={t('scope')} options={options} />
        <ClearFilters names={filterNames} />
      </FilterBar>
      {shown.length === 0 ? (
        <NoMatch clearHref={withParams(path, raw, { q: null, scope: null })} />
      ) : (
        shown.map((policy) => (
          <PolicyCard
            key={`${policy.scope}/${policy.id}`}
            policy={policy}
            mayChange={mayChange}
            mayRelease={mayRelease}
          />
        ))
      )}
    </div>
  )
}

function PolicyCard({
  policy,
  mayChange,
  mayRelease,
}: {
  policy: PolicyView
  mayChange: boolean
  mayRelease: boolean
}) {
  const t = useTranslations('policies')
  const words = useScopeWords()
  const limits = useLimitWords()(policy.limits)
  const facts = [
    limits ?? t('noLimits'),
    policy.allowed_models.length > 0
      ? t('onlyModels', { models: policy.allowed_models.join(', ') })
      : t('everyModel'),
  ]
  return (
    <Card
      title={words(policy.scope, policy.id)}
      description={facts.join(' · ')}
      actions={
        mayChange && (
          <>
            <EditPolicy scope={policy.scope} id={policy.id} />
            <ClearPolicy scope={policy.scope} id={policy.id} />
          </>
        )
      }
    >
      {policy.budgets.length > 0 ? (
        <BudgetBars
          budgets={policy.budgets.map((budget) => ({ ...budget, name: null }))}
          mayRelease={mayRelease}
        />
      ) : (
        <p className="text-sm text-muted-foreground">{t('noBudgets')}</p>
      )}
    </Card>
  )
}
