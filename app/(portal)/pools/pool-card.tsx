import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { quantity } from '@/components/quantity'
import { Tag } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import { KeyBadges } from '../keys/key-badges'
import { ArchivePool, EditPool } from './pool-buttons'
import type { PoolKey } from './pool-draft'
import type { MemberRow } from './pool-members'

export type PoolView = {
  id: string
  slug: string
  name: string
  environment: string
  allowedModels: string[]
  tenantScope: string[]
  defaultForProvider: string | null
  members: MemberRow[]
  /** As stored: null takes the key's own value. */
  set: PoolKey[]
}

/** A pool with what each of its keys gets. */
export function PoolCard({ pool, mayChange }: { pool: PoolView; mayChange: boolean }) {
  const t = useTranslations('pools')
  const removable = pool.defaultForProvider === null || pool.members.length === 0
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {pool.name}
          <span className="font-mono text-xs font-normal text-muted-foreground">{pool.slug}</span>
          <span className="font-normal">
            <Tag>{pool.environment}</Tag>
          </span>
        </span>
      }
      description={<PoolNotes pool={pool} />}
      actions={
        mayChange && (
          <>
            <EditPool id={pool.id} name={pool.name} />
            {removable && <ArchivePool id={pool.id} name={pool.name} />}
          </>
        )
      }
      flush
    >
      {pool.members.length === 0 ? (
        <p className="px-4 py-5 text-sm text-muted-foreground sm:px-5">{t('noKeys')}</p>
      ) : (
        <Members pool={pool} />
      )}
    </Card>
  )
}

function PoolNotes({ pool }: { pool: PoolView }) {
  const t = useTranslations('pools')
  const everyTenant = pool.tenantScope.length === 0 || pool.tenantScope.includes('*')
  const notes = [
    pool.defaultForProvider && t('defaultFor', { provider: pool.defaultForProvider }),
    pool.allowedModels.length > 0 ? t('models', { models: pool.allowedModels.join(', ') }) : t('everyModel'),
    everyTenant ? t('everyTenant') : t('tenants', { tenants: pool.tenantScope.join(', ') }),
  ]
  return notes.filter(Boolean).join(' · ')
}

function Members({ pool }: { pool: PoolView }) {
  const t = useTranslations('pools')
  const format = useFormatter()
  return (
    <Table label={t('keysOf', { name: pool.name })}>
      <colgroup>
        <col className="w-2/5" />
        <col />
        <col className="w-1/6" />
        <col className="w-1/6" />
      </colgroup>
      <thead>
        <tr>
          <HeadCell>{t('key')}</HeadCell>
          <HeadCell>{t('status')}</HeadCell>
          <HeadCell numeric>{t('weight')}</HeadCell>
          <HeadCell numeric>{t('share')}</HeadCell>
        </tr>
      </thead>
      <tbody>
        {pool.members.map((member) => (
          <Row key={member.keyId}>
            <Cell>
              <Link
                href={`/keys/${member.keyId}`}
                className="rounded font-medium whitespace-nowrap underline-offset-4 hover:underline"
              >
                {member.name}
              </Link>{' '}
              <span className="text-xs text-muted-foreground">{member.provider}</span>
            </Cell>
            <Cell>
              <KeyBadges status={member.status} trouble={member.trouble} />
            </Cell>
            <Cell numeric>{format.number(member.weight)}</Cell>
            <Cell numeric>
              {member.share !== null
                ? quantity(format, member.share, 'percent')
                : member.status === 'standby' && member.trouble === null
                  ? t('waits')
                  : '—'}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  )
}
