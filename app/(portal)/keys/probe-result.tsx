import { useFormatter, useTranslations } from 'next-intl'
import type { z } from 'zod'
import { quantity } from '@/components/quantity'
import { Tag } from '@/components/ui/badge'
import { Notice } from '@/components/ui/notice'
import type { probeResult } from '@/lib/schemas/keys'
import { useErrorWords } from './key-badges'

export type Probe = z.output<typeof probeResult>

/** What a provider said to a secret: how fast and which models, or what is wrong and what to do. */
export function ProbeResultNotice({ probe }: { probe: Probe }) {
  const t = useTranslations('keyTest')
  const format = useFormatter()
  const words = useErrorWords()
  const next = useNextSteps()
  if (probe.ok) {
    return (
      <Notice
        tone="success"
        role="status"
        title={t('works', { ms: quantity(format, probe.ms, 'ms'), models: probe.models.length })}
      >
        {probe.models.length > 0 && <Models models={probe.models} />}
      </Notice>
    )
  }
  const why = probe.class === null ? t('refused') : words(probe.class)
  return (
    <Notice
      tone="error"
      role="alert"
      title={probe.status === null ? t('fails', { why }) : t('failsWith', { why, status: probe.status })}
    >
      {probe.error && <p className="font-mono text-xs/5 break-words">{probe.error}</p>}
      <p>{next(probe.class)}</p>
    </Notice>
  )
}

function Models({ models }: { models: string[] }) {
  const t = useTranslations('keyTest')
  return (
    <details>
      <summary className="cursor-pointer rounded">{t('showModels')}</summary>
      <ul className="mt-2 flex max-h-40 flex-wrap gap-1 overflow-y-auto">
        {models.map((model) => (
          <li key={model} className="min-w-0">
            <Tag>{model}</Tag>
          </li>
        ))}
      </ul>
    </details>
  )
}

function useNextSteps(): (attemptClass: string | null) => string {
  const t = useTranslations('keyTest')
  const steps: Record<string, string> = {
    auth: t('nextAuth'),
    quota: t('nextQuota'),
    rate: t('nextRate'),
    model: t('nextAddress'),
    request: t('nextAddress'),
    provider: t('nextProvider'),
    network: t('nextNetwork'),
    timeout: t('nextNetwork'),
  }
  return (attemptClass) => steps[attemptClass ?? ''] ?? t('nextRefused')
}
