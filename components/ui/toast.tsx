'use client'

import { CircleCheck, CircleX, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Toast as Radix } from 'radix-ui'
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'
import { Button, IconButton } from './button'

export type Toast = {
  title: string
  text?: string
  tone?: 'good' | 'bad'
  /** Such as Undo. */
  action?: { label: string; run: () => void }
}

const Context = createContext<((toast: Toast) => void) | null>(null)

/** `const toast = useToast(); toast({ title, action: { label: t('undo'), run } })` */
export function useToast() {
  const show = useContext(Context)
  if (!show) throw new Error('useToast needs a <ToastProvider> around it')
  return show
}

let count = 0

/** Shows toasts at the lower edge for eight seconds, longer while they are pointed at or focused (F8). */
export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useTranslations('ui')
  const [toasts, setToasts] = useState<(Toast & { id: number })[]>([])
  const show = useCallback(
    (toast: Toast) => setToasts((all) => [...all.slice(-2), { ...toast, id: ++count }]),
    [],
  )
  const remove = (id: number) => setToasts((all) => all.filter((toast) => toast.id !== id))
  return (
    <Context value={show}>
      {children}
      <Radix.Provider duration={8000} label={t('notification')}>
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onClose={() => remove(toast.id)} />
        ))}
        {/* Only while needed: rendered on the server it would carry an inline style, which the CSP forbids. */}
        {toasts.length > 0 && (
          <Radix.Viewport
            label={t('notifications')}
            className="fixed right-0 bottom-0 z-50 flex w-full flex-col gap-2 p-4 sm:w-96"
          />
        )}
      </Radix.Provider>
    </Context>
  )
}

function ToastCard({ toast, onClose }: { toast: Toast; onClose: () => void }) {
  const t = useTranslations('ui')
  const bad = toast.tone === 'bad'
  const Icon = bad ? CircleX : CircleCheck
  return (
    <Radix.Root
      type={bad ? 'foreground' : 'background'}
      onOpenChange={(open) => !open && onClose()}
      className="flex items-start gap-3 rounded-md border bg-card p-3 text-sm text-card-foreground shadow-lg"
    >
      <Icon
        aria-hidden="true"
        className={`mt-0.5 size-4 shrink-0 ${bad ? 'text-destructive' : 'text-success'}`}
      />
      <div className="min-w-0 flex-1">
        <Radix.Title className="font-medium">{toast.title}</Radix.Title>
        {toast.text && (
          <Radix.Description className="mt-0.5 text-muted-foreground">{toast.text}</Radix.Description>
        )}
      </div>
      {toast.action && (
        <Radix.Action asChild altText={toast.action.label}>
          <Button look="secondary" size="sm" onClick={toast.action.run}>
            {toast.action.label}
          </Button>
        </Radix.Action>
      )}
      <Radix.Close asChild>
        <IconButton label={t('close')} size="sm">
          <X aria-hidden="true" />
        </IconButton>
      </Radix.Close>
    </Radix.Root>
  )
}
