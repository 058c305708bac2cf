import { useTranslations } from 'next-intl'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Notice } from '@/components/ui/notice'
import type { UnpricedModel } from '@/lib/data/requests'

const mostModels = 10

/** Calls that no price is known for: their cost is missing in every sum. */
export function UnpricedNotice({
  unpriced,
  maySetPrices,
}: {
  unpriced: UnpricedModel[]
  maySetPrices: boolean
}) {
  const t = useTranslations('usage')
  if (unpriced.length === 0) return null
  const count = unpriced.reduce((all, { requests }) => all + requests, 0)
  const names = unpriced.map(({ provider, model }) => (provider ? `${provider}/${model}` : model))
  return (
    <Notice tone="warning" title={t('unpricedTitle', { count })}>
      <p>
        {t('unpricedText', {
          models: [...names.slice(0, mostModels), ...(names.length > mostModels ? ['…'] : [])].join(', '),
        })}
      </p>
      {maySetPrices && (
        <div>
          <ButtonLink look="secondary" size="sm" href="/pools/prices">
            {t('unpricedAction')}
          </ButtonLink>
        </div>
      )}
    </Notice>
  )
}

export function AboutUsage() {
  const t = useTranslations('usage')
  const b = (text: React.ReactNode) => <strong className="font-medium text-foreground">{text}</strong>
  return (
    <Card title={t('aboutTitle')}>
      <div className="grid gap-2 text-sm/6 text-muted-foreground">
        <p>{t.rich('aboutRequests', { b })}</p>
        <p>{t.rich('aboutEstimated', { b })}</p>
      </div>
    </Card>
  )
}
