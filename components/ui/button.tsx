'use client'

import { LoaderCircle } from 'lucide-react'
import type { Route } from 'next'
import Link from 'next/link'
import type { ComponentProps, MouseEvent, ReactNode } from 'react'

const looks = {
  primary: 'bg-primary text-primary-foreground hover:bg-primary/90',
  secondary: 'border bg-card text-foreground hover:bg-muted',
  ghost: 'text-muted-foreground hover:bg-muted hover:text-foreground',
  /** Does what cannot easily be taken back; `danger` leads to it. */
  destructive: 'bg-destructive text-background hover:bg-destructive/90',
  danger: 'border border-destructive/40 bg-card text-destructive hover:bg-destructive/10',
}
const sizes = { md: 'h-9 gap-2 px-3.5 text-sm', sm: 'h-7 gap-1.5 px-2.5 text-xs' }
const iconSizes = { md: 'size-9 [&_svg]:size-4', sm: 'size-7 [&_svg]:size-4' }
const shape =
  'inline-flex shrink-0 cursor-pointer items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-60 aria-disabled:cursor-progress aria-disabled:opacity-60 motion-reduce:transition-none [&_svg]:size-4 [&_svg]:shrink-0'

type Look = { look?: keyof typeof looks; size?: keyof typeof sizes }

/** `pending` keeps the focus, shows that work goes on and ignores further clicks. */
export function Button({
  look = 'primary',
  size = 'md',
  pending = false,
  onClick,
  children,
  ...props
}: Omit<ComponentProps<'button'>, 'className'> & Look & { pending?: boolean }) {
  return (
    <button
      type="button"
      aria-disabled={pending || undefined}
      className={`${shape} ${looks[look]} ${sizes[size]}`}
      onClick={pending ? (event: MouseEvent) => event.preventDefault() : onClick}
      {...props}
    >
      {pending && <LoaderCircle aria-hidden="true" className="animate-spin motion-reduce:animate-none" />}
      {children}
    </button>
  )
}

/** A link that looks like a button. */
export function ButtonLink({
  look = 'primary',
  size = 'md',
  href,
  children,
}: Look & { href: Route; children: ReactNode }) {
  return (
    <Link href={href} className={`${shape} ${looks[look]} ${sizes[size]}`}>
      {children}
    </Link>
  )
}

/** A button that shows only an icon; `label` is its name and its tooltip. */
export function IconButton({
  label,
  look = 'ghost',
  size = 'md',
  children,
  ...props
}: Omit<ComponentProps<'button'>, 'className' | 'aria-label' | 'title'> & Look & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`${shape} ${looks[look]} ${iconSizes[size]}`}
      {...props}
    >
      {children}
    </button>
  )
}
