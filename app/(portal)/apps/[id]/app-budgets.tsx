import { useTranslations } from 'next-intl'
import { BudgetBars } from '@/components/limits/budget-bars'
import { useScopeWords } from '@/components/limits/scope-words'
import { Card } from '@/components/ui/card'
import type { BudgetStatus } from '../../read-budgets'

/** The budgets that a call of the app counts against, as far as the member may see them. */
export function AppBudgets({ budgets, mayRelease }: { budgets: BudgetStatus[]; mayRelease: boolean }) {
  const t = useTranslations('app')
  const words = useScopeWords()
  if (budgets.length === 0) return null
  return (
    <Card title={t('budgets')} description={t('budgetsText')}>
      <BudgetBars
        mayRelease={mayRelease}
        budgets={budgets.map((budget) => ({
          ...budget,
          name: budget.scope === 'app' ? t('thisApp') : words(budget.scope, budget.name),
        }))}
      />
    </Card>
  )
}

/** From the app's own to those that it shares with others. */
export function budgetsOfApp(
  budgets: BudgetStatus[],
  app: { id: string; tenant: string; project: string },
  keyIds: string[],
): BudgetStatus[] {
  const belongs: [BudgetStatus['scope'], string[]][] = [
    ['app', [app.id]],
    ['app_key', keyIds],
    ['project', [app.project]],
    ['tenant', [app.tenant]],
    ['global', ['all']],
  ]
  return belongs.flatMap(([scope, ids]) =>
    budgets.filter((budget) => budget.scope === scope && ids.includes(budget.id)),
  )
}
