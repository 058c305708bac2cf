'use client'

import { X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { IconButton } from './button'

export type ModalProps = {
  open: boolean
  /** Called with false by Escape and the close button. */
  onOpenChange: (open: boolean) => void
  title: ReactNode
  description?: ReactNode
  /** Buttons, at the lower edge; a submit button there names its form with `form="…"`. */
  footer?: ReactNode
  children?: ReactNode
}

/**
 * The browser's own modal dialog: it keeps the focus inside, gives it back, and makes the page behind it inert.
 * What is inside exists only while it is open, so forms start fresh.
 */
export function Modal({
  open,
  onOpenChange,
  title,
  description,
  footer,
  className,
  children,
}: ModalProps & { className: string }) {
  const t = useTranslations('ui')
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)

  useEffect(() => {
    if (open && !dialog.current?.open) {
      dialog.current?.showModal()
      // The browser would choose the part that scrolls.
      dialog.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()
    }
    if (!open && dialog.current?.open) dialog.current.close()
  }, [open])

  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      // The browser also tells of a close that came from here; by then the person may be on the way to another page.
      onClose={() => open && onOpenChange(false)}
      className={`border bg-card p-0 text-card-foreground shadow-xl backdrop:bg-black/40 open:flex open:flex-col ${className}`}
    >
      {open && (
        <>
          <div className="shrink-0 border-b py-4 pr-14 pl-5">
            <h2 id={`${id}-title`} className="text-base font-semibold">
              {title}
            </h2>
            {description && (
              <p id={`${id}-description`} className="mt-1 text-sm text-muted-foreground">
                {description}
              </p>
            )}
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-5 py-4 empty:hidden">
            {children}
          </div>
          {footer && (
            <div className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-t px-5 py-3">
              {footer}
            </div>
          )}
          {/* Last in the order, so that the first field gets the focus. */}
          <div className="absolute top-2.5 right-3">
            <IconButton label={t('close')} onClick={() => onOpenChange(false)}>
              <X aria-hidden="true" />
            </IconButton>
          </div>
        </>
      )}
    </dialog>
  )
}
