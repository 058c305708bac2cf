'use client'

import { useTranslations } from 'next-intl'
import { useId } from 'react'
import type { Source } from './key-draft'

export type ProviderChoice = {
  source: Source
  name: string
  /** Null: to be typed. */
  baseUrl: string | null
}

/** Providers that exist, then presets, as tiles: one radio group for the keyboard. */
export function ProviderPicker({
  choices,
  chosen,
  onChoose,
}: {
  choices: ProviderChoice[]
  chosen: Source | null
  onChoose: (choice: ProviderChoice) => void
}) {
  const t = useTranslations('keyForm')
  const name = useId()
  const groups = [
    { label: t('existing'), choices: choices.filter((choice) => choice.source.kind === 'provider') },
    { label: t('presets'), choices: choices.filter((choice) => choice.source.kind === 'preset') },
  ]
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('provider')}</legend>
      {groups
        .filter((group) => group.choices.length > 0)
        .map((group) => (
          <div key={group.label} className="grid gap-1.5">
            <p className="text-xs text-muted-foreground">{group.label}</p>
            <div className="grid grid-cols-2 gap-2 sm:grid-cols-3">
              {group.choices.map((choice) => (
                <Tile
                  key={choice.source.slug}
                  name={name}
                  choice={choice}
                  checked={chosen?.kind === choice.source.kind && chosen.slug === choice.source.slug}
                  onChoose={onChoose}
                />
              ))}
            </div>
          </div>
        ))}
    </fieldset>
  )
}

function Tile({
  name,
  choice,
  checked,
  onChoose,
}: {
  name: string
  choice: ProviderChoice
  checked: boolean
  onChoose: (choice: ProviderChoice) => void
}) {
  const t = useTranslations('keyForm')
  const { source, baseUrl } = choice
  const custom = source.kind === 'preset' && source.slug === 'custom'
  return (
    <label className="relative grid cursor-pointer gap-0.5 rounded-md border bg-background px-3 py-2 hover:bg-muted has-checked:border-primary has-checked:bg-primary/10 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ring">
      <input
        type="radio"
        name={name}
        checked={checked}
        onChange={() => onChoose(choice)}
        className="absolute inset-0 cursor-pointer appearance-none outline-none"
      />
      <span className="truncate text-sm font-medium">{custom ? t('custom') : choice.name}</span>
      <span className="truncate text-xs text-muted-foreground">
        {baseUrl && URL.canParse(baseUrl) ? new URL(baseUrl).host : t('anyEndpoint')}
      </span>
    </label>
  )
}
