import { CircleCheck } from 'lucide-react'
import type { Route } from 'next'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import { readKeyActivity } from '@/lib/data/key-stats'
import { listKeys } from '@/lib/data/keys'
import { portalDatabase } from '@/lib/data/portal-database'
import { listProviders } from '@/lib/data/providers'
import { KeyBadges, useErrorWords } from '../keys/key-badges'
import { keyRow } from '../keys/key-list'
import { type AttentionRow, keysThatNeedAttention } from './attention'

const hourMs = 3_600_000
const all = { limit: 1000, after: undefined }

/** Keys that serve badly or not at all; nothing while there are no keys. */
export async function KeysCard({ timeZone }: { timeZone: string }) {
  const database = portalDatabase()
  const now = new Date()
  const [keys, providers, activity] = await Promise.all([
    listKeys(database.db, all),
    listProviders(database.db, all),
    readKeyActivity(database, { from: new Date(now.getTime() - hourMs), to: now }, timeZone),
  ])
  const enabled = new Set(providers.filter((provider) => provider.enabled).map(({ id }) => id))
  const rows = keys.map((details) =>
    keyRow(details, activity.get(details.key.id), {
      now,
      providerEnabled: enabled.has(details.key.providerId),
    }),
  )
  if (rows.length === 0) return null
  return <AttentionCard rows={keysThatNeedAttention(rows)} />
}

function AttentionCard({ rows }: { rows: AttentionRow[] }) {
  const t = useTranslations('overview')
  return (
    <Card
      title={t('keys')}
      description={t('keysNote')}
      flush={rows.length > 0}
      actions={
        <ButtonLink look="secondary" size="sm" href={'/keys' as Route}>
          {t('allKeys')}
        </ButtonLink>
      }
    >
      {rows.length === 0 ? (
        <p className="flex items-center gap-2 text-sm text-muted-foreground">
          <CircleCheck aria-hidden="true" className="size-4 text-success" />
          {t('keysFine')}
        </p>
      ) : (
        <AttentionTable rows={rows} />
      )}
    </Card>
  )
}

function AttentionTable({ rows }: { rows: AttentionRow[] }) {
  const t = useTranslations('overview')
  const words = useErrorWords()
  return (
    <Table label={t('keys')}>
      <thead>
        <tr>
          <HeadCell>{t('key')}</HeadCell>
          <HeadCell>{t('status')}</HeadCell>
          <HeadCell numeric>{t('failedLastHour')}</HeadCell>
          <HeadCell>{t('lastError')}</HeadCell>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id}>
            <Cell>
              <Link
                href={`/keys/${row.id}` as Route}
                className="rounded font-medium whitespace-nowrap text-primary hover:underline"
              >
                {row.name}
              </Link>
              <span className="block text-xs whitespace-nowrap text-muted-foreground">
                {row.provider} · {row.environment}
              </span>
            </Cell>
            <Cell>
              <KeyBadges status={row.status} trouble={row.trouble} />
              {row.standbyInUse && (
                <span className="block text-xs whitespace-nowrap text-muted-foreground">
                  {t('standbyInUse')}
                </span>
              )}
            </Cell>
            <Cell numeric>
              {row.requests === 0 ? '—' : t('failedOf', { failed: row.failures, calls: row.requests })}
            </Cell>
            <Cell>
              {row.lastError ? (
                <span className="block min-w-48">
                  {words(row.lastError.class)}
                  {row.lastError.status !== null && ` · ${row.lastError.status}`} ·{' '}
                  <Ago at={row.lastError.at} />
                  <span className="line-clamp-2 text-xs text-muted-foreground">{row.lastError.text}</span>
                </span>
              ) : (
                '—'
              )}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  )
}
