import { useTranslations } from 'next-intl'
import { CopyButton } from './copy-button'

/** Commands to copy. It scrolls sideways, so it takes the keyboard focus. */
export function CodeBlock({ title, code }: { title: string; code: string }) {
  const t = useTranslations('codeBlock')
  return (
    <figure className="overflow-hidden rounded-md border bg-card">
      <div className="flex min-h-11 items-center justify-between gap-3 border-b px-4 py-2">
        <figcaption className="text-sm font-medium">{title}</figcaption>
        <CopyButton text={code} label={t('copy')} done={t('copied')} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto bg-code px-4 py-3 font-mono text-[0.8125rem]/6">
        <code>{code}</code>
      </pre>
    </figure>
  )
}
