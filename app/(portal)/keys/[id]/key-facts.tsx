import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { Ago } from '@/components/ago'
import { useLimitWords } from '@/components/limits/limit-words'
import { Tag } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { limitsAnswer } from '@/lib/schemas/limits'
import { useErrorWords } from '../key-badges'
import type { KeyPageData } from './read-key'

/** What was entered about the key. */
export function KeyFacts({ data: { details, provider, pools } }: { data: KeyPageData }) {
  const t = useTranslations('keyPage')
  const format = useFormatter()
  const words = useErrorWords()
  const limits = useLimitWords()(limitsAnswer(details.key.limits))
  const { key, health } = details
  return (
    <Card title={t('details')} flush>
      <dl className="divide-y">
        <Fact name={t('provider')}>
          {provider?.name ?? details.provider}
          {provider && (
            <span className="block font-mono text-xs break-all text-muted-foreground">
              {provider.baseUrl}
            </span>
          )}
        </Fact>
        <Fact name={t('secret')}>
          <Secret details={details} />
        </Fact>
        <Fact name={t('environment')}>{key.environment}</Fact>
        <Fact name={t('owner')}>{key.owner ?? '—'}</Fact>
        <Fact name={t('tags')}>
          <Tags texts={key.tags} none="—" />
        </Fact>
        <Fact name={t('allowedModels')}>
          <Tags texts={key.allowedModels} none={t('everyModel')} />
        </Fact>
        <Fact name={t('pools')}>
          <span className="flex flex-wrap gap-x-3 gap-y-1">
            {pools.map((pool) => (
              <Link
                key={pool.id}
                href={{ pathname: '/pools', query: { q: pool.slug } }}
                className="rounded text-primary underline-offset-4 hover:underline"
              >
                {pool.name}
              </Link>
            ))}
          </span>
        </Fact>
        <Fact name={t('weight')}>{format.number(key.weight)}</Fact>
        <Fact name={t('tier')}>{format.number(key.tier)}</Fact>
        <Fact name={t('limits')}>{limits ?? t('noLimits')}</Fact>
        {key.expiresAt && <Fact name={t('expires')}>{format.dateTime(key.expiresAt, 'time')}</Fact>}
        {health && health.state !== 'up' && (
          <Fact name={t('health')}>
            {health.reason === null ? '—' : words(health.reason)}
            {health.nextTryAt && (
              <span className="block text-xs text-muted-foreground">
                {t('nextTry')} <Ago at={health.nextTryAt.toISOString()} />
              </span>
            )}
          </Fact>
        )}
        <Fact name={t('added')}>{format.dateTime(key.createdAt, 'time')}</Fact>
      </dl>
    </Card>
  )
}

function Secret({ details }: Pick<KeyPageData, 'details'>) {
  const t = useTranslations('keyPage')
  const { key, sealed } = details
  if (key.secretRef !== null) return <code className="font-mono text-xs">{key.secretRef}</code>
  if (!sealed) return <span className="text-destructive">{t('secretMissing')}</span>
  return (
    <>
      <span className="font-mono">{key.last4 ? `…${key.last4}` : t('sealed')}</span>
      <span className="block text-xs text-muted-foreground">
        {t('fingerprint')} <span className="font-mono">{key.fingerprint}</span>
      </span>
    </>
  )
}

function Tags({ texts, none }: { texts: string[]; none: string }) {
  if (texts.length === 0) return none
  return (
    <span className="flex flex-wrap gap-1">
      {texts.map((text) => (
        <Tag key={text}>{text}</Tag>
      ))}
    </span>
  )
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-0.5 px-4 py-2.5 text-sm sm:grid-cols-[9rem_1fr] sm:gap-4 sm:px-5">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}
