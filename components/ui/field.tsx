import { type ComponentProps, type ReactNode, useId } from 'react'
import { Input, Textarea } from './input'
import { Select } from './select'

type Texts = { label: ReactNode; hint?: ReactNode; error?: string }
/** What the control inside takes over, so that label and note belong to it. */
export type ControlProps = { id: string; 'aria-invalid'?: true; 'aria-describedby'?: string }

/** Label, control and a hint, which an error replaces. */
export function FieldFrame({
  label,
  hint,
  error,
  children,
}: Texts & { children: (control: ControlProps) => ReactNode }) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': note ? `${id}-note` : undefined,
      })}
      {note && (
        <p id={`${id}-note`} className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>
          {note}
        </p>
      )}
    </div>
  )
}

/** A labelled text input. */
export function Field({ label, hint, error, ...input }: ComponentProps<typeof Input> & Texts) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(control) => <Input {...control} {...input} />}
    </FieldFrame>
  )
}

export function TextareaField({ label, hint, error, ...input }: ComponentProps<typeof Textarea> & Texts) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(control) => <Textarea {...control} {...input} />}
    </FieldFrame>
  )
}

export function SelectField({ label, hint, error, ...input }: ComponentProps<typeof Select> & Texts) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(control) => <Select {...control} {...input} />}
    </FieldFrame>
  )
}
