import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { quantity } from '@/components/quantity'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import type { Attempt } from '@/drizzle/schema'
import { keyAt } from '../../../keys/[id]/key-moment'
import { useErrorWords } from '../../../keys/key-badges'
import type { Skipped } from './decision'
import { linkClass } from './facts'

/** `linked`: keys whose pages the reader may open. */
type KeyNames = { names: Map<string, string>; linked: Set<string> }

/** One step for each key that was tried, as long as it took; `ts`: when the call came. */
export function Attempts({ attempts, ts, ...keyNames }: KeyNames & { attempts: Attempt[]; ts: string }) {
  const t = useTranslations('request')
  return (
    <Card title={t('attempts')} description={attempts.length > 0 && t('attemptsText')}>
      {attempts.length === 0 && <p className="text-sm text-muted-foreground">{t('attemptsRefused')}</p>}
      <ol className="grid">
        {attempts.map((attempt, index) => (
          <AttemptStep
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts are told apart by their order alone
            key={index}
            attempt={attempt}
            number={index + 1}
            endedAt={endOf(attempts.slice(0, index + 1), ts)}
            {...keyNames}
          />
        ))}
      </ol>
    </Card>
  )
}

/** When the last of these attempts had its answer, as ISO text. */
function endOf(attempts: Attempt[], ts: string): string {
  return new Date(attempts.reduce((at, { ms }) => at + ms, Date.parse(ts))).toISOString()
}

function AttemptStep({
  attempt,
  number,
  endedAt,
  ...keyNames
}: KeyNames & { attempt: Attempt; number: number; endedAt: string }) {
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
        {attempt.provider} / {attempt.model} · <KeyName id={attempt.key_id} at={endedAt} {...keyNames} />
      </p>
      {attempt.error && (
        <p className="mt-1 rounded bg-code px-3 py-2 font-mono text-xs/5 break-words">{attempt.error}</p>
      )}
    </li>
  )
}

/** Why other keys did not serve: what to look at when a call took an unexpected one. */
export function PassedOver({ skipped, ts, ...keyNames }: KeyNames & { skipped: Skipped[]; ts: string }) {
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
              <KeyName id={key_id} at={ts} {...keyNames} />
            </span>
            <span className="text-muted-foreground">{reasons[why] ?? why}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Leads to the key's health and usage at that time. */
function KeyName({ id, at, names, linked }: KeyNames & { id: string | null; at: string }) {
  const t = useTranslations('request')
  const name = (id && names.get(id)) ?? t('unknownKey')
  if (!id || !linked.has(id)) return name
  return (
    <Link href={keyAt(id, at)} className={linkClass}>
      {name}
    </Link>
  )
}
