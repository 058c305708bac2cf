import type { Route } from 'next'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { BudgetBars } from '@/components/limits/budget-bars'
import { useScopeWords } from '@/components/limits/scope-words'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import type { BudgetStatus } from '../read-budgets'

const mostBudgets = 6

/** The budgets with lost money, and those that are nearest to their limit; without any, where to set one. */
export function BudgetsCard({
  budgets,
  mayReadPolicies,
  mayChange,
  mayRelease,
}: {
  budgets: BudgetStatus[]
  mayReadPolicies: boolean
  mayChange: boolean
  mayRelease: boolean
}) {
  const t = useTranslations('overview')
  const words = useScopeWords()
  if (budgets.length === 0 && !mayChange) return null
  const nearest = [...budgets]
    .sort((a, b) => Number(b.lost_usd > 0) - Number(a.lost_usd > 0) || used(b) - used(a))
    .slice(0, mostBudgets)
  const shortened = budgets.length > mostBudgets
  return (
    <Card
      title={t('budgets')}
      description={shortened && t('budgetsMost', { shown: mostBudgets, all: budgets.length })}
      actions={
        mayReadPolicies && (
          <ButtonLink look="secondary" size="sm" href="/settings/policies">
            {t('policies')}
          </ButtonLink>
        )
      }
    >
      {budgets.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('noBudgets')}</p>
      ) : (
        <BudgetBars
          mayRelease={mayRelease}
          budgets={nearest.map((budget) => ({
            ...budget,
            name: (
              <Link
                href={addressOf(budget, mayReadPolicies)}
                className="rounded text-primary underline-offset-4 hover:underline"
              >
                {words(budget.scope, budget.name)}
              </Link>
            ),
          }))}
        />
      )}
    </Card>
  )
}

function used({ limit_usd, left_usd }: BudgetStatus): number {
  return (limit_usd - left_usd) / limit_usd
}

/** Where the budget is set. */
function addressOf({ scope, id, name }: BudgetStatus, mayReadPolicies: boolean): Route {
  const searched = (path: string, q: string) => `${path}?${new URLSearchParams({ q })}` as Route
  switch (scope) {
    case 'app':
      return `/apps/${id}` as Route
    case 'app_key':
      return searched('/apps', name.split(' / ')[0] ?? '')
    case 'pool':
      return searched('/pools', name)
    case 'key':
      return `/keys/${id}` as Route
    default:
      return mayReadPolicies ? ('/settings/policies' as Route) : '/usage'
  }
}
