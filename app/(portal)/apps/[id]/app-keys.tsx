import { KeyRound } from 'lucide-react'
import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { useLimitWords } from '@/components/limits/limit-words'
import { Badge, Tag, type Tone } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import { AppKeyActions } from './app-key-actions'
import type { AppKeyRow, AppKeyState } from './app-key-list'
import { IssueKey } from './issue-key'
import type { SnippetTarget } from './snippets'

export type AppOfKeys = SnippetTarget & { id: string; name: string }

/** The keys that were issued to an app. Their secrets are not kept: only the id between the two underscores and the end. */
export function AppKeys({
  app,
  rows,
  models,
  rights,
}: {
  app: AppOfKeys
  rows: AppKeyRow[]
  models: string[]
  rights: { create: boolean; update: boolean }
}) {
  const t = useTranslations('appKeys')
  const issue = rights.create && <IssueKey app={app} models={models} />
  return (
    <Card flush title={t('title')} description={t('description')} actions={rows.length > 0 && issue}>
      {rows.length === 0 ? (
        <EmptyState
          icon={KeyRound}
          title={t('none')}
          text={rights.create ? t('noneText') : t('noneReadOnly')}
          action={issue}
        />
      ) : (
        <Table label={t('title')}>
          <thead>
            <tr>
              <HeadCell>{t('name')}</HeadCell>
              <HeadCell>{t('state')}</HeadCell>
              <HeadCell>{t('key')}</HeadCell>
              <HeadCell>{t('models')}</HeadCell>
              <HeadCell>{t('lastUsed')}</HeadCell>
              <HeadCell>{t('expires')}</HeadCell>
              <HeadCell>{t('issued')}</HeadCell>
              {rights.update && (
                <HeadCell>
                  <span className="sr-only">{t('actions')}</span>
                </HeadCell>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <KeyLine key={row.id} row={row} app={app} models={models} mayChange={rights.update} />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}

function KeyLine({
  row,
  app,
  models,
  mayChange,
}: {
  row: AppKeyRow
  app: AppOfKeys
  models: string[]
  mayChange: boolean
}) {
  const t = useTranslations('appKeys')
  const limits = useLimitWords()(row.limits)
  const format = useFormatter()
  const day = (time: string) => (
    <time dateTime={time} className="whitespace-nowrap">
      {format.dateTime(new Date(time), 'day')}
    </time>
  )
  return (
    <Row>
      <Cell>
        <span className="block min-w-24 font-medium">{row.name}</span>
        {limits && <span className="block text-xs whitespace-nowrap text-muted-foreground">{limits}</span>}
      </Cell>
      <Cell>
        <KeyState state={row.state} />
      </Cell>
      <Cell>
        <code className="font-mono text-xs whitespace-nowrap">{`akcp_${row.publicId}_…${row.last4}`}</code>
      </Cell>
      <Cell>
        {row.allowedModels.length === 0 ? (
          <span className="whitespace-nowrap text-muted-foreground">{t('sameAsApp')}</span>
        ) : (
          <span className="flex w-52 flex-wrap gap-1">
            {row.allowedModels.map((model) => (
              <Tag key={model}>{model}</Tag>
            ))}
          </span>
        )}
      </Cell>
      <Cell>
        <span className="whitespace-nowrap">
          {row.lastUsedAt ? <Ago at={row.lastUsedAt} /> : t('neverUsed')}
        </span>
      </Cell>
      <Cell>
        <span className="whitespace-nowrap">
          {row.expiresAt ? <Expiry at={row.expiresAt} /> : t('neverExpires')}
        </span>
      </Cell>
      <Cell>{day(row.createdAt)}</Cell>
      {mayChange && (
        <Cell>{row.state !== 'revoked' && <AppKeyActions app={app} row={row} models={models} />}</Cell>
      )}
    </Row>
  )
}

/** To the minute: a key that was replaced ends at an hour, not at a day. */
function Expiry({ at }: { at: string }) {
  const format = useFormatter()
  return (
    <time dateTime={at} className="whitespace-nowrap">
      {format.dateTime(new Date(at), 'time')}
    </time>
  )
}

const tones: Record<AppKeyState, Tone> = {
  enabled: 'good',
  disabled: 'neutral',
  expired: 'warn',
  revoked: 'bad',
}

function KeyState({ state }: { state: AppKeyState }) {
  const t = useTranslations('appKeyStates')
  const words: Record<AppKeyState, string> = {
    enabled: t('enabled'),
    disabled: t('disabled'),
    expired: t('expired'),
    revoked: t('revoked'),
  }
  return <Badge tone={tones[state]}>{words[state]}</Badge>
}
