'use client'

import { X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type KeyboardEvent, useId, useState } from 'react'
import type { ControlProps } from './field'

/**
 * A list of texts: tags, models, scopes. Enter, a comma or leaving the field adds what was typed, Backspace in the empty
 * field removes the last. Use it inside a `FieldFrame`; texts of `suggestions` are offered, others are allowed too.
 */
export function TokenInput({
  values,
  onChange,
  placeholder,
  suggestions = [],
  disabled = false,
  ...control
}: ControlProps & {
  values: string[]
  onChange: (values: string[]) => void
  placeholder?: string
  suggestions?: string[]
  disabled?: boolean
}) {
  const t = useTranslations('ui')
  const list = useId()
  const [typed, setTyped] = useState('')

  function add(text: string) {
    const added = text
      .split(/[,，\n]/)
      .map((part) => part.trim())
      .filter(Boolean)
    setTyped('')
    if (added.length > 0) onChange([...new Set([...values, ...added])])
  }

  function type(text: string, event: Event) {
    // Browsers tell a pick from the list by this: an event without a kind, or a replacement.
    const kind = 'inputType' in event ? event.inputType : undefined
    const picked = kind === undefined || kind === 'insertReplacementText'
    if (picked || /[,，\n]/.test(text)) add(text)
    else setTyped(text)
  }

  function press(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && typed.trim()) {
      event.preventDefault()
      add(typed)
    }
    if (event.key === 'Backspace' && typed === '') onChange(values.slice(0, -1))
  }

  return (
    <div className="flex min-h-9 min-w-0 flex-wrap items-center gap-1 rounded-md border border-input bg-background p-1 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-ring has-[[aria-invalid]]:border-destructive has-[:disabled]:opacity-60">
      {values.map((value) => (
        <span
          key={value}
          className="inline-flex max-w-full items-center rounded border bg-muted pl-2 text-sm"
        >
          <span className="truncate">{value}</span>
          <button
            type="button"
            disabled={disabled}
            aria-label={t('removeToken', { value })}
            className="grid size-6 shrink-0 cursor-pointer place-items-center rounded text-muted-foreground -outline-offset-2 hover:text-foreground"
            onClick={() => onChange(values.filter((other) => other !== value))}
          >
            <X aria-hidden="true" className="size-3" />
          </button>
        </span>
      ))}
      <input
        {...control}
        list={suggestions.length > 0 ? list : undefined}
        value={typed}
        disabled={disabled}
        placeholder={values.length === 0 ? placeholder : undefined}
        autoComplete="off"
        spellCheck={false}
        className="h-7 min-w-24 flex-1 bg-transparent px-2 text-base outline-none placeholder:text-muted-foreground sm:text-sm"
        onChange={(event) => type(event.target.value, event.nativeEvent)}
        onKeyDown={press}
        onBlur={() => add(typed)}
      />
      {suggestions.length > 0 && (
        <datalist id={list}>
          {suggestions
            .filter((text) => !values.includes(text))
            .map((text) => (
              <option key={text} value={text} />
            ))}
        </datalist>
      )}
    </div>
  )
}
