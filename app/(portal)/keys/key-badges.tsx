import { useTranslations } from 'next-intl'
import { Badge, type Tone } from '@/components/ui/badge'
import type { KeyStatus, KeyTrouble } from './key-list'

const statusTones: Record<KeyStatus, Tone> = { active: 'good', standby: 'info', disabled: 'neutral' }
const troubleTones: Record<KeyTrouble, Tone> = {
  secret_missing: 'bad',
  expired: 'bad',
  provider_disabled: 'neutral',
  down: 'bad',
  cooling: 'warn',
}

/** What a member set, and beside it what is wrong. */
export function KeyBadges({
  status,
  trouble,
  reason = null,
}: {
  status: KeyStatus
  trouble: KeyTrouble | null
  /** Whose error took the key out, while it is down or cooling. */
  reason?: string | null
}) {
  const words = useStateWords()
  const errorWords = useErrorWords()
  const why = reason !== null && (trouble === 'down' || trouble === 'cooling') ? errorWords(reason) : null
  return (
    <span className="inline-flex flex-wrap gap-1">
      <Badge tone={trouble && status !== 'disabled' ? 'neutral' : statusTones[status]}>{words[status]}</Badge>
      {trouble && (
        <Badge tone={troubleTones[trouble]}>{why ? `${words[trouble]} · ${why}` : words[trouble]}</Badge>
      )}
    </span>
  )
}

export function useStateWords(): Record<KeyStatus | KeyTrouble, string> {
  const t = useTranslations('keyStates')
  return {
    active: t('active'),
    standby: t('standby'),
    disabled: t('disabled'),
    secret_missing: t('secretMissing'),
    expired: t('expired'),
    provider_disabled: t('providerDisabled'),
    down: t('down'),
    cooling: t('cooling'),
  }
}

/** What an attempt class means, in a word or two. */
export function useErrorWords(): (attemptClass: string) => string {
  const t = useTranslations('errorClasses')
  const words: Record<string, string> = {
    request: t('request'),
    auth: t('auth'),
    quota: t('quota'),
    rate: t('rate'),
    model: t('model'),
    provider: t('provider'),
    network: t('network'),
    timeout: t('timeout'),
  }
  return (attemptClass) => words[attemptClass] ?? attemptClass
}
