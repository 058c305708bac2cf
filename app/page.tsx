import { redirect } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { CopyButton } from '@/components/copy-button'
import { PublicFrame } from '@/components/shell/public-frame'
import { ButtonLink } from '@/components/ui/button'
import { currentMember } from '@/lib/auth/session'
import { FirstCall } from './first-call'
import { type Ownership, readOwnership } from './ownership'
import { publicAddress } from './public-address'

export default async function StartPage() {
  const [t, address, ownership] = await Promise.all([
    getTranslations('start'),
    publicAddress(),
    readOwnership(),
  ])
  if (ownership === 'owned' && (await currentMember())) redirect('/overview')
  const gateway = `${address}/api/v1`
  return (
    <PublicFrame>
      <div className="grid gap-12">
        <section>
          <h1 className="text-2xl font-semibold tracking-tight text-balance sm:text-3xl">{t('title')}</h1>
          <p className="mt-4 max-w-prose text-base/7 text-muted-foreground">{t('lead')}</p>
          {ownership === 'owned' && (
            <p className="mt-6">
              <ButtonLink href="/sign-in">{t('signIn')}</ButtonLink>
            </p>
          )}
        </section>
        <dl className="divide-y rounded-lg border bg-card">
          <Fact name={t('gateway')} note={t('gatewayNote')}>
            <span className="flex flex-wrap items-center gap-x-3 gap-y-2">
              <code className="font-mono text-sm">{gateway}</code>
              <CopyButton text={gateway} label={t('copy')} done={t('copied')} />
            </span>
          </Fact>
          <OwnerFact ownership={ownership} />
          <Fact name={t('adminApi')} note={t('adminApiNote')}>
            <Links
              links={[
                [t('adminApiDocs'), '/api/admin/docs'],
                ['OpenAPI', '/api/admin/openapi.json'],
              ]}
            />
          </Fact>
          <Fact name={t('state')} note={t('stateNote')}>
            <Links
              links={[
                [t('health'), '/api/health'],
                [t('ready'), '/api/ready'],
              ]}
            />
          </Fact>
        </dl>
        <FirstCall address={address} />
      </div>
    </PublicFrame>
  )
}

function OwnerFact({ ownership }: { ownership: Ownership }) {
  const t = useTranslations('owner')
  const { dot, text, note } = {
    owned: { dot: 'bg-success', text: t('owned'), note: t('ownedNote') },
    free: { dot: 'bg-warning', text: t('free'), note: t('freeNote') },
    unknown: { dot: 'bg-destructive', text: t('unknown'), note: t('unknownNote') },
  }[ownership]
  return (
    <Fact name={t('name')} note={note}>
      <span className="flex items-center gap-2">
        <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
        {text}
      </span>
    </Fact>
  )
}

function Fact({ name, note, children }: { name: string; note: string; children: ReactNode }) {
  return (
    <div className="grid gap-1 px-4 py-4 sm:grid-cols-[10rem_1fr] sm:gap-4 sm:px-5">
      <dt className="text-sm font-medium text-muted-foreground sm:leading-7">{name}</dt>
      <dd className="grid gap-1 leading-7">
        {children}
        <p className="text-sm/6 text-muted-foreground">{note}</p>
      </dd>
    </div>
  )
}

function Links({ links }: { links: [string, string][] }) {
  return (
    <span className="flex flex-wrap gap-x-5 gap-y-1">
      {links.map(([text, href]) => (
        <a
          key={href}
          href={href}
          className="rounded text-primary underline underline-offset-4 hover:no-underline"
        >
          {text}
        </a>
      ))}
    </span>
  )
}
