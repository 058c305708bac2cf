import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { quantity } from '@/components/quantity'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import type { Attempt } from '@/drizzle/schema'
import { useErrorWords } from '../../../keys/key-badges'
import type { Skipped } from './decision'
import { linkClass } from './facts'

type KeyNames = { names: Map<string, string>; linkKeys: boolean }

/** One step for each key that was tried, as long as it took. */
export function Attempts({ attempts, ...keyNames }: KeyNames & { attempts: Attempt[] }) {
  const t = useTranslations('request')
  return (
    <Card title={t('attempts')} description={attempts.length > 0 && t('attemptsText')}>
      {attempts.length === 0 && <p className="text-sm text-muted-foreground">{t('attemptsRefused')}</p>}
      <ol className="grid">
        {attempts.map((attempt, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts are told apart by their order alone
          <AttemptStep key={index} attempt={attempt} number={index + 1} {...keyNames} />
        ))}
      </ol>
    </Card>
  )
}

function AttemptStep({ attempt, number, ...keyNames }: KeyNames & { attempt: Attempt; number: number }) {
  const t = useTranslations('request')
  const format = useFormatter()
  const errorWords = useErrorWords()
  const failed = attempt.class !== null
  return (
    <li className="relative grid gap-1 border-l pb-5 pl-5 text-sm last:pb-0">
      <span
        aria-hidden="true"
        className={`absolute top-1.5 -left-[5px] size-2.5 rounded-full ${failed ? 'bg-destructive' : 'bg-success'}`}
      />
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{t('attempt', { number })}</span>
        <Badge tone={failed ? 'bad' : 'good'}>
          {attempt.class === null ? t('succeeded') : errorWords(attempt.class)}
        </Badge>
        {attempt.status !== null && <span className="tabular-nums">{attempt.status}</span>}
        <span className="text-muted-foreground tabular-nums">{quantity(format, attempt.ms, 'ms')}</span>
      </p>
      <p className="text-muted-foreground">
        {attempt.provider} / {attempt.model} · <KeyName id={attempt.key_id} {...keyNames} />
      </p>
      {attempt.error && (
        <p className="mt-1 rounded bg-code px-3 py-2 font-mono text-xs/5 break-words">{attempt.error}</p>
      )}
    </li>
  )
}

/** Why other keys did not serve: what to look at when a call took an unexpected one. */
export function PassedOver({ skipped, ...keyNames }: KeyNames & { skipped: Skipped[] }) {
  const t = useTranslations('request')
  const reasons: Record<string, string> = {
    tried: t('whyTried'),
    disabled: t('whyDisabled'),
    'provider disabled': t('whyProviderDisabled'),
    'other provider': t('whyOtherProvider'),
    'other environment': t('whyOtherEnvironment'),
    expired: t('whyExpired'),
    'no secret': t('whyNoSecret'),
    'model not allowed': t('whyModel'),
    'tenant not allowed': t('whyTenant'),
    stopped: t('whyStopped'),
  }
  if (skipped.length === 0) return null
  return (
    <Card title={t('decision')} description={t('decisionText')}>
      <ul className="grid gap-2 text-sm">
        {skipped.map(({ key_id, why }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a key of two pools is listed for each
          <li key={`${key_id} ${index}`} className="grid gap-x-4 sm:grid-cols-[14rem_1fr]">
            <span className="truncate">
              <KeyName id={key_id} {...keyNames} />
            </span>
            <span className="text-muted-foreground">{reasons[why] ?? why}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function KeyName({ id, names, linkKeys }: KeyNames & { id: string | null }) {
  const t = useTranslations('request')
  const name = (id && names.get(id)) ?? t('unknownKey')
  if (!id || !linkKeys || !names.has(id)) return name
  return (
    <Link href={`/keys/${id}`} className={linkClass}>
      {name}
    </Link>
  )
}
