import { type ReactNode, useId } from 'react'

/** One of a few choices, each explained. */
export function RadioList<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: { value: Value; label: string; hint: ReactNode }[]
  onChange: (value: Value) => void
}) {
  const id = useId()
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      {options.map((option) => (
        <div key={option.value} className="flex items-start gap-2.5">
          <input
            type="radio"
            id={`${id}-${option.value}`}
            name={id}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            aria-describedby={`${id}-${option.value}-hint`}
            className="mt-0.5 size-4 shrink-0 cursor-pointer accent-primary"
          />
          <div>
            <label htmlFor={`${id}-${option.value}`} className="text-sm font-medium">
              {option.label}
            </label>
            <p id={`${id}-${option.value}-hint`} className="text-sm text-muted-foreground">
              {option.hint}
            </p>
          </div>
        </div>
      ))}
    </fieldset>
  )
}
