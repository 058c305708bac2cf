import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { CopyButton } from '@/components/copy-button'
import { quantity } from '@/components/quantity'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import type { RequestDetails } from '@/lib/data/requests'
import { nanosToUsd } from '@/lib/format'
import { keyAt } from '../../../keys/[id]/key-moment'
import { useErrorWords } from '../../../keys/key-badges'
import { OutcomeBadge } from '../outcome-badge'

type Props = { row: RequestDetails }

export const linkClass = 'rounded text-primary underline underline-offset-4 hover:no-underline'

export function ResultFacts({ row }: Props) {
  const t = useTranslations('request')
  const format = useFormatter()
  const errorWords = useErrorWords()
  return (
    <Card title={t('result')}>
      <Facts>
        <Fact name={t('outcome')}>
          <OutcomeBadge outcome={row.outcome} />
        </Fact>
        <Fact name={t('status')}>{row.status}</Fact>
        {row.error_code && <Fact name={t('errorCode')}>{row.error_code}</Fact>}
        {row.error_class && <Fact name={t('errorClass')}>{errorWords(row.error_class)}</Fact>}
        <Fact name={t('latency')}>{quantity(format, row.latency_ms, 'ms')}</Fact>
        <Fact name={t('ttft')}>{quantity(format, row.ttft_ms, 'ms')}</Fact>
        <Fact name={t('stream')}>{row.stream ? t('yes') : t('no')}</Fact>
      </Facts>
    </Card>
  )
}

export function CostFacts({ row, maySetPrices }: Props & { maySetPrices: boolean }) {
  const t = useTranslations('request')
  const format = useFormatter()
  const sources = {
    reported: t('costReported'),
    estimated: t('costEstimated'),
    unknown: t('costUnknown'),
  }
  const tokens = (value: number) => format.number(value)
  const called = row.outcome !== 'refused'
  const nothing = row.outcome === 'error' && row.input_tokens + row.output_tokens === 0
  const usd = format.number(nanosToUsd(BigInt(row.cost_nanos)), {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: 9,
  })
  return (
    <Card title={t('cost')}>
      <Facts>
        <Fact name={t('cost')}>{called && row.cost_source !== 'unknown' ? usd : '—'}</Fact>
        {called && (
          <Fact name={t('costSource')}>{nothing ? t('costNothing') : sources[row.cost_source]}</Fact>
        )}
        <Fact name={t('inputTokens')}>{called ? tokens(row.input_tokens) : '—'}</Fact>
        <Fact name={t('cachedTokens')}>{called ? tokens(row.cached_input_tokens) : '—'}</Fact>
        <Fact name={t('outputTokens')}>{called ? tokens(row.output_tokens) : '—'}</Fact>
        <Fact name={t('reasoningTokens')}>{called ? tokens(row.reasoning_tokens) : '—'}</Fact>
      </Facts>
      {called && row.cost_source === 'unknown' && maySetPrices && (
        <div className="mt-4">
          <ButtonLink look="secondary" size="sm" href="/pools/prices">
            {t('setPrice')}
          </ButtonLink>
        </div>
      )}
    </Card>
  )
}

export function CallFacts({ row, links }: Props & { links: { app: boolean; keys: Set<string> } }) {
  const t = useTranslations('request')
  return (
    <Card title={t('call')}>
      <Facts>
        <Fact name={t('app')}>
          {row.app_id && links.app ? (
            <Link href={`/apps/${row.app_id}`} className={linkClass}>
              {row.app_name ?? row.app_id}
            </Link>
          ) : (
            (row.app_name ?? '—')
          )}
        </Fact>
        <Fact name={t('appKey')}>{row.app_key_name ?? '—'}</Fact>
        <Fact name={t('tenant')}>{row.tenant || '—'}</Fact>
        <Fact name={t('project')}>{row.project || '—'}</Fact>
        <Fact name={t('feature')}>{row.feature || '—'}</Fact>
        <Fact name={t('environment')}>{row.environment || '—'}</Fact>
        <Fact name={t('endpoint')}>{row.endpoint || '—'}</Fact>
        <Fact name={t('model')}>{row.model || '—'}</Fact>
        <Fact name={t('servedModel')}>{row.served_model || '—'}</Fact>
        <Fact name={t('provider')}>{row.provider ?? '—'}</Fact>
        <Fact name={t('pool')}>{row.pool ?? '—'}</Fact>
        <Fact name={t('key')}>
          {row.key_id && links.keys.has(row.key_id) ? (
            <Link href={keyAt(row.key_id, row.ts)} className={linkClass}>
              {row.key_name ?? row.key_id}
            </Link>
          ) : (
            (row.key_name ?? '—')
          )}
        </Fact>
      </Facts>
    </Card>
  )
}

export function IdFacts({ row }: Props) {
  const t = useTranslations('request')
  return (
    <Card title={t('ids')}>
      <dl className="grid gap-4 text-sm">
        {[
          [t('ledgerId'), row.id],
          [t('requestId'), row.request_id],
        ].map(([name, id = '']) => (
          <div key={name} className="grid gap-1">
            <dt className="text-muted-foreground">{name}</dt>
            <dd className="flex flex-wrap items-center gap-2">
              <code className="min-w-0 font-mono break-all">{id}</code>
              <CopyButton text={id} label={t('copy')} done={t('copied')} />
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid gap-2.5 text-sm">{children}</dl>
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(8rem,2fr)_3fr] gap-4">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </div>
  )
}
