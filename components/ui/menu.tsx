'use client'

import { Check, type LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'

const itemClass =
  'flex w-full cursor-pointer items-center gap-2 rounded px-2 py-1.5 text-sm outline-none select-none data-[disabled]:pointer-events-none data-[disabled]:opacity-50 data-[highlighted]:bg-muted [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-foreground'

/**
 * `trigger` is one button. Not modal, so that the page keeps scrolling and no styles are injected; not in a portal, so
 * that it also works inside dialogs.
 */
export function Menu({
  trigger,
  align = 'end',
  children,
}: {
  trigger: ReactNode
  align?: 'start' | 'end'
  children: ReactNode
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Content
        align={align}
        sideOffset={4}
        collisionPadding={8}
        className="z-50 max-h-(--radix-dropdown-menu-content-available-height) max-w-80 min-w-44 overflow-y-auto rounded-md border bg-card p-1 text-left font-normal whitespace-normal text-card-foreground shadow-lg"
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

export function MenuItem({
  icon: Icon,
  onSelect,
  danger = false,
  disabled = false,
  children,
}: {
  icon?: LucideIcon
  onSelect: () => void
  danger?: boolean
  disabled?: boolean
  children: ReactNode
}) {
  return (
    <DropdownMenu.Item
      disabled={disabled}
      onSelect={onSelect}
      className={`${itemClass} ${danger ? 'text-destructive [&_svg]:text-destructive' : ''}`}
    >
      {Icon && <Icon aria-hidden="true" />}
      {children}
    </DropdownMenu.Item>
  )
}

/** One of several choices that take effect by loading `href` as a whole page, such as a language. */
export function MenuChoice({
  href,
  chosen,
  lang,
  children,
}: {
  href: string
  chosen: boolean
  lang?: string
  children: ReactNode
}) {
  return (
    <DropdownMenu.Item asChild className={itemClass}>
      <a href={href} lang={lang} aria-current={chosen ? 'true' : undefined}>
        <Check aria-hidden="true" className={chosen ? '' : 'invisible'} />
        {children}
      </a>
    </DropdownMenu.Item>
  )
}

/** Stays open, so that several can be ticked. */
export function MenuCheckbox({
  checked,
  onChange,
  children,
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
}) {
  return (
    <DropdownMenu.CheckboxItem
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className={itemClass}
    >
      <span
        aria-hidden="true"
        className={`grid size-4 shrink-0 place-items-center rounded border [&_svg]:size-3 [&_svg]:text-primary-foreground ${checked ? 'border-primary bg-primary' : 'border-input'}`}
      >
        {checked && <Check />}
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  )
}

/** One of several values. */
export function MenuRadios<Value extends string>({
  value,
  options,
  onChange,
}: {
  value: Value
  options: { value: Value; label: string; hint?: string }[]
  onChange: (value: Value) => void
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(chosen) => onChange(chosen as Value)}>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} value={option.value} className={itemClass}>
          <Check aria-hidden="true" className={option.value === value ? '' : 'invisible'} />
          <span className="grid">
            {option.label}
            {option.hint && <span className="text-xs text-muted-foreground">{option.hint}</span>}
          </span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return (
    <DropdownMenu.Label className="px-2 py-1.5 text-xs text-muted-foreground">{children}</DropdownMenu.Label>
  )
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-border" />
}
