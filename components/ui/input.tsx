import type { ComponentProps } from 'react'

/** Text of 16 px on small screens, so that iOS does not zoom in. */
export const controlClass =
  'w-full min-w-0 rounded-md border border-input bg-background text-base text-foreground placeholder:text-muted-foreground disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-destructive sm:text-sm'

export function Input(props: Omit<ComponentProps<'input'>, 'className'>) {
  return <input className={`${controlClass} h-9 px-3`} {...props} />
}

export function Textarea(props: Omit<ComponentProps<'textarea'>, 'className'>) {
  return <textarea rows={4} className={`${controlClass} px-3 py-2`} {...props} />
}
