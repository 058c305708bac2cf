import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import { controlClass } from './input'

export type Option = { value: string; label: string; disabled?: boolean }

/** The browser's own list: quick, and right on every device. */
export function Select({
  options,
  ...props
}: Omit<ComponentProps<'select'>, 'className' | 'children'> & { options: Option[] }) {
  return (
    <span className="relative block min-w-0">
      <select className={`${controlClass} h-9 cursor-pointer appearance-none truncate pr-8 pl-3`} {...props}>
        {options.map(({ value, label, disabled }) => (
          <option key={value} value={value} disabled={disabled} className="bg-card text-foreground">
            {label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted-foreground"
      />
    </span>
  )
}
