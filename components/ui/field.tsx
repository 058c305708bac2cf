import { type ComponentProps, useId } from 'react'

/** A labelled input with an optional hint, which an error replaces. */
export function Field({
  label,
  hint,
  error,
  ...input
}: ComponentProps<'input'> & { label: string; hint?: string; error?: string }) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        className="rounded-md border border-input bg-background px-3 py-2 text-base disabled:opacity-60 aria-invalid:border-destructive sm:text-sm"
        {...input}
      />
      {note && (
        <p id={`${id}-note`} className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>
          {note}
        </p>
      )}
    </div>
  )
}
