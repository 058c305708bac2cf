import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { BudgetBars } from '@/components/limits/budget-bars'
import { useLimitWords } from '@/components/limits/limit-words'
import { quantity } from '@/components/quantity'
import { Tag } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import { KeyBadges } from '../keys/key-badges'
import type { BudgetStatus } from '../read-budgets'
import { ArchivePool, EditPool } from './pool-buttons'
import type { EditedPool } from './pool-draft'
import type { MemberRow } from './pool-members'
import { SwitchPool } from './pool-switch'
import { useStrategyWords } from './strategy-words'

export type PoolView = Omit<EditedPool, 'budgets'> & {
  id: string
  defaultForProvider: string | null
  fallback: string | null
  members: MemberRow[]
  budgets: BudgetStatus[]
  /** Another pool that serves all calls for the time being. */
  switched: { to: string; until: string } | null
}

/** A pool with how it chooses and what each of its keys gets. */
export function PoolCard({
  pool,
  others,
  mayChange,
  mayRelease,
}: {
  pool: PoolView
  /** The pools that calls could be switched to. */
  others: { id: string; name: string }[]
  mayChange: boolean
  mayRelease: boolean
}) {
  const t = useTranslations('pools')
  const words = useStrategyWords()
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
      description={t('strategySentence', words[pool.strategy])}
      actions={
        mayChange && (
          <>
            <EditPool id={pool.id} name={pool.name} />
            <SwitchPool id={pool.id} name={pool.name} others={others} />
            {removable && <ArchivePool id={pool.id} name={pool.name} />}
          </>
        )
      }
      flush
    >
      <PoolFacts pool={pool} />
      {pool.members.length === 0 ? (
        <p className="px-4 py-5 text-sm text-muted-foreground sm:px-5">{t('noKeys')}</p>
      ) : (
        <Members pool={pool} />
      )}
      {pool.budgets.length > 0 && (
        <div className="border-t px-4 py-4 sm:px-5">
          <BudgetBars
            budgets={pool.budgets.map((budget) => ({ ...budget, name: null }))}
            mayRelease={mayRelease}
          />
        </div>
      )}
    </Card>
  )
}

/** What differs from a plain pool, in words. */
function PoolFacts({ pool }: { pool: PoolView }) {
  const t = useTranslations('pools')
  const limitWords = useLimitWords()
  const everyTenant = pool.tenantScope.length === 0 || pool.tenantScope.includes('*')
  const facts: ReactNode[] = [
    pool.defaultForProvider && t('defaultFor', { provider: pool.defaultForProvider }),
    pool.allowedModels.length > 0 ? t('models', { models: pool.allowedModels.join(', ') }) : t('everyModel'),
    everyTenant ? t('everyTenant') : t('tenants', { tenants: pool.tenantScope.join(', ') }),
    pool.stickiness === 'conversation' && t('stickyFact'),
    pool.standbyPercent > 0 && t('standbyFact', { percent: pool.standbyPercent }),
    pool.fallback && t('fallbackFact', { pool: pool.fallback }),
    pool.waitSeconds > 0 && t('waitFact', { seconds: pool.waitSeconds }),
    pool.modelPriority.length > 0 && t('modelPriorityFact', { models: pool.modelPriority.join(' → ') }),
    limitWords(pool.limits),
  ]
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 border-b px-4 py-2.5 text-sm text-muted-foreground sm:px-5">
      {facts.filter(Boolean).map((fact) => (
        <li key={String(fact)}>{fact}</li>
      ))}
    </ul>
  )
}

function Members({ pool }: { pool: PoolView }) {
  const t = useTranslations('pools')
  const format = useFormatter()
  const withTiers = pool.strategy === 'priority'
  return (
    <Table label={t('keysOf', { name: pool.name })}>
      <colgroup>
        <col className="w-2/5" />
        <col />
        {withTiers && <col className="w-1/6" />}
        <col className="w-1/6" />
        <col className="w-1/6" />
      </colgroup>
      <thead>
        <tr>
          <HeadCell>{t('key')}</HeadCell>
          <HeadCell>{t('status')}</HeadCell>
          {withTiers && <HeadCell numeric>{t('tier')}</HeadCell>}
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
            {withTiers && <Cell numeric>{format.number(member.tier)}</Cell>}
            <Cell numeric>{format.number(member.weight)}</Cell>
            <Cell numeric>
              <Share member={member} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  )
}

function Share({ member: { share, status, trouble } }: { member: MemberRow }) {
  const t = useTranslations('pools')
  const format = useFormatter()
  if (share === 'varies') return t('varies')
  if (share !== null) return quantity(format, share, 'percent')
  return status !== 'disabled' && trouble === null ? t('waits') : '—'
}
