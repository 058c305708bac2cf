import { type ComponentProps, type ReactNode, useId } from 'react'

type Props = Omit<ComponentProps<'input'>, 'type' | 'className' | 'role'>

/** Without a visible label, give `aria-label`. */
export function Checkbox(props: Props) {
  return (
    <input
      type="checkbox"
      className="size-4 shrink-0 cursor-pointer rounded accent-primary disabled:cursor-not-allowed disabled:opacity-60"
      {...props}
    />
  )
}

export function Switch(props: Props) {
  return (
    <input
      type="checkbox"
      // biome-ignore lint/a11y/useAriaPropsForRole: a checkbox tells its state itself
      role="switch"
      className="relative h-5 w-9 shrink-0 cursor-pointer appearance-none rounded-full border border-input bg-muted transition-colors before:absolute before:top-0.5 before:left-0.5 before:size-3.5 before:rounded-full before:bg-muted-foreground before:transition-transform checked:border-primary checked:bg-primary checked:before:translate-x-4 checked:before:bg-primary-foreground disabled:cursor-not-allowed disabled:opacity-60 motion-reduce:transition-none motion-reduce:before:transition-none"
      {...props}
    />
  )
}

/** A checkbox or switch with its label, and a hint below it. */
export function Choice({
  label,
  hint,
  look = 'checkbox',
  ...props
}: Props & { label: ReactNode; hint?: ReactNode; look?: 'checkbox' | 'switch' }) {
  const id = useId()
  const Control = look === 'switch' ? Switch : Checkbox
  return (
    <div className="flex items-start gap-2.5">
      <span className="flex h-5 items-center">
        <Control id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...props} />
      </span>
      <div className="grid gap-0.5">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-sm text-muted-foreground">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
