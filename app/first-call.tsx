import { useTranslations } from 'next-intl'
import { CodeBlock } from '@/components/code-block'

/** The commands from nothing to a metered call, with this installation's address filled in. */
export function FirstCall({ address }: { address: string }) {
  const t = useTranslations('firstCall')
  const post = (path: string, body: string) =>
    [
      `curl ${address}/api/admin${path} \\`,
      `  -H "authorization: Bearer $AKCP_ADMIN_TOKEN" \\`,
      `  -H 'content-type: application/json' \\`,
      `  -d '${body}'`,
    ].join('\n')
  const call = [
    `curl -N ${address}/api/v1/chat/completions \\`,
    `  -H "authorization: Bearer $APP_KEY" \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '{"model":"gpt-4o-mini","stream":true,`,
    `       "messages":[{"role":"user","content":"${t('greeting')}"}]}'`,
  ].join('\n')
  return (
    <section aria-labelledby="first-call" className="grid gap-4">
      <div>
        <h2 id="first-call" className="text-lg font-semibold">
          {t('title')}
        </h2>
        <p className="mt-1 text-sm/6 text-muted-foreground">
          {t.rich('intro', { code: (text) => <code className="font-mono">{text}</code> })}
        </p>
      </div>
      <CodeBlock
        title={t('key')}
        code={post('/keys', '{"provider":"openai","name":"openai-main","secret":"sk-YOUR-KEY"}')}
      />
      <CodeBlock title={t('app')} code={post('/apps', '{"name":"my-app"}')} />
      <CodeBlock title={t('appKey')} code={post('/apps/$APP_ID/keys', '{"name":"first"}')} />
      <CodeBlock title={t('call')} code={call} />
    </section>
  )
}
