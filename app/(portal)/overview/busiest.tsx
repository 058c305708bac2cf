import type { Route } from 'next'
import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { withParams } from '@/components/data-table/query'
import { quantity } from '@/components/quantity'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import type { CallGroup } from '@/lib/data/overview'
import { nanosToUsd } from '@/lib/format'
import { type RangeName, successRate } from './report'

/** The apps, or the models, with the most calls. */
export function Busiest({
  by,
  groups,
  range,
}: {
  by: 'app' | 'model'
  groups: CallGroup[]
  range: RangeName
}) {
  const t = useTranslations('overview')
  const format = useFormatter()
  const texts = {
    app: { title: t('busiestApps'), name: t('app') },
    model: { title: t('busiestModels'), name: t('model') },
  }[by]
  return (
    <Card
      title={texts.title}
      flush={groups.length > 0}
      actions={
        <ButtonLink look="secondary" size="sm" href={withParams('/usage', {}, { range, by })}>
          {t('showUsage')}
        </ButtonLink>
      }
    >
      {groups.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('noCalls')}</p>
      ) : (
        <Table label={texts.title}>
          <thead>
            <tr>
              <HeadCell>{texts.name}</HeadCell>
              <HeadCell numeric>{t('requests')}</HeadCell>
              <HeadCell numeric>{t('success')}</HeadCell>
              <HeadCell numeric>{t('cost')}</HeadCell>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <Row key={group.id}>
                <Cell>
                  <Link
                    href={
                      by === 'app'
                        ? (`/apps/${group.id}` as Route)
                        : withParams('/usage', {}, { range, by: 'app', model: group.id })
                    }
                    className="rounded text-primary hover:underline"
                  >
                    {group.name}
                  </Link>
                </Cell>
                <Cell numeric>{quantity(format, group.requests, 'count')}</Cell>
                <Cell numeric>{quantity(format, successRate(group), 'percent')}</Cell>
                <Cell numeric>{quantity(format, nanosToUsd(BigInt(group.cost_nanos)), 'usd')}</Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}
