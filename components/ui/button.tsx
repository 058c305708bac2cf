import type { ComponentProps } from 'react'

const looks = {
  primary: 'bg-primary text-primary-foreground hover:bg-primary/90',
  quiet: 'border bg-card text-foreground hover:bg-muted',
}

const sizes = {
  normal: 'px-4 py-2 text-sm',
  small: 'px-2.5 py-1 text-xs/5',
}

export function Button({
  look = 'primary',
  size = 'normal',
  ...props
}: Omit<ComponentProps<'button'>, 'className'> & { look?: keyof typeof looks; size?: keyof typeof sizes }) {
  return (
    <button
      type="button"
      className={`shrink-0 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-60 ${looks[look]} ${sizes[size]}`}
      {...props}
    />
  )
}
