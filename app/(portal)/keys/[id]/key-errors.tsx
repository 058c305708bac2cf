import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import type { KeyErrorCount } from '@/lib/data/key-stats'
import { useErrorWords } from '../key-badges'

/** Errors of the last seven days by class, each with its newest example. */
export function KeyErrors({ errors }: { errors: KeyErrorCount[] }) {
  const t = useTranslations('keyErrors')
  const format = useFormatter()
  const words = useErrorWords()
  return (
    <Card title={t('title')} description={t('description')} flush>
      {errors.length === 0 ? (
        <p className="px-4 py-6 text-sm text-muted-foreground sm:px-5">{t('none')}</p>
      ) : (
        <Table label={t('title')}>
          <thead>
            <tr>
              <HeadCell>{t('class')}</HeadCell>
              <HeadCell numeric>{t('failed')}</HeadCell>
              <HeadCell numeric>{t('rescued')}</HeadCell>
            </tr>
          </thead>
          <tbody>
            {errors.map((error) => (
              <Row key={error.class}>
                <Cell>
                  <span className="font-medium">{words(error.class)}</span>{' '}
                  <span className="text-xs text-muted-foreground">
                    {error.status !== null && <>{error.status} · </>}
                    <Ago at={error.at} />
                  </span>
                  {error.text && <p className="mt-0.5 text-xs text-muted-foreground">{error.text}</p>}
                </Cell>
                <Cell numeric>{format.number(error.calls)}</Cell>
                <Cell numeric>{format.number(error.rescued)}</Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}
