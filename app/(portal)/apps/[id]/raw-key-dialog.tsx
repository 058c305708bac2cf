'use client'

import { useTranslations } from 'next-intl'
import { Tabs } from 'radix-ui'
import { CodeBlock } from '@/components/code-block'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { type SnippetTarget, snippets } from './snippets'

export type IssuedKey = { name: string; raw_key: string }

/** The one time a raw key is seen. Its owner holds it in memory and forgets it with `onClose`. */
export function RawKeyDialog({
  issued,
  target,
  onClose,
}: {
  issued: IssuedKey | null
  target: SnippetTarget
  onClose: () => void
}) {
  const t = useTranslations('rawKey')
  return (
    <Dialog
      size="lg"
      open={issued !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t('title', { name: issued?.name ?? '' })}
      footer={<Button onClick={onClose}>{t('done')}</Button>}
    >
      {issued && (
        <div className="grid gap-5">
          <Notice tone="warning" title={t('once')}>
            <p>{t('onceText')}</p>
          </Notice>
          <CodeBlock title={t('key')} code={issued.raw_key} />
          <Snippets code={snippets(target, issued.raw_key, t('greeting'))} />
          <p className="text-sm text-muted-foreground">{t('next')}</p>
        </div>
      )}
    </Dialog>
  )
}

function Snippets({ code }: { code: ReturnType<typeof snippets> }) {
  const t = useTranslations('rawKey')
  const languages = [
    { id: 'curl', name: 'curl', text: code.curl },
    { id: 'python', name: 'Python', text: code.python },
    { id: 'typescript', name: 'TypeScript', text: code.typescript },
  ]
  return (
    <Tabs.Root defaultValue="curl" className="grid min-w-0 gap-2">
      <Tabs.List aria-label={t('snippets')} className="flex gap-1">
        {languages.map(({ id, name }) => (
          <Tabs.Trigger
            key={id}
            value={id}
            className="cursor-pointer rounded px-2.5 py-1 text-sm text-muted-foreground hover:text-foreground data-[state=active]:bg-muted data-[state=active]:font-medium data-[state=active]:text-foreground"
          >
            {name}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {languages.map(({ id, name, text }) => (
        <Tabs.Content key={id} value={id} className="min-w-0" tabIndex={-1}>
          <CodeBlock title={name} code={text} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}
