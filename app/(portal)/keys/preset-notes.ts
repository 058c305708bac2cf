import { useTranslations } from 'next-intl'

/** What to know before adding a provider by its preset, by slug. */
export function usePresetNotes(): Record<string, string> {
  const t = useTranslations('presetNotes')
  return {
    anthropic: t('compatible'),
    gemini: t('compatible'),
    qwen: t('qwen'),
    ernie: t('ernie'),
    moonshot: t('moonshot'),
    zhipu: t('zhipu'),
    siliconflow: t('siliconflow'),
    openrouter: t('openrouter'),
    ollama: t('ollama'),
    custom: t('custom'),
  }
}
