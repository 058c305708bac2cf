import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { PageHeader } from '@/components/page-header'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { type App, findApp } from '@/lib/data/apps'
import { portalDatabase } from '@/lib/data/portal-database'
import { parseUsageView } from '../../usage/view'
import { EditApp } from '../app-sheet'
import { AppStatus } from '../app-status'
import { AppUseButton } from '../app-use-button'
import { AppBudgets } from './app-budgets'
import { AppKeys } from './app-keys'
import { AppSettings } from './app-settings'
import { AppUsage } from './app-usage'
import { ArchiveApp } from './archive-app'
import { readAppPage } from './read-app'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('app')
  return { title: t('title') }
}

export default async function AppPage({ params, searchParams }: PageProps<'/apps/[id]'>) {
  const [{ id }, search] = await Promise.all([params, searchParams])
  const member = await requireMember(`/apps/${id}`, search)
  if (!can(member, 'read', 'app')) notFound()
  const app = await findApp(portalDatabase().db, id, ownerScope(member, 'app'))
  if (!app) notFound()
  const { name, status, ownerEmail: owner } = app
  const timeZone = await getTimeZone()
  const view = { ...parseUsageView({ range: '30d', by: 'model', ...search, app: id }, new Date(), timeZone) }
  const data = await readAppPage(app, view, member)
  return (
    <div className="grid min-w-0 gap-6">
      <Header app={app}>
        {can(member, 'update', { resource: 'app', owner }) && (
          <>
            <EditApp choices={data.choices} edited={data.edited} />
            <AppUseButton id={id} name={name} status={status} />
          </>
        )}
        {can(member, 'delete', { resource: 'app', owner }) && (
          <ArchiveApp
            id={id}
            name={name}
            keys={data.keys.filter(({ state }) => state !== 'revoked').length}
          />
        )}
      </Header>
      <AppKeys
        app={data.target}
        rows={data.keys}
        models={data.choices.models}
        rights={{
          create: can(member, 'create', { resource: 'app_key', owner }),
          update: can(member, 'update', { resource: 'app_key', owner }),
        }}
      />
      <AppBudgets budgets={data.budgets} mayRelease={can(member, 'update', 'budget')} />
      <AppUsage view={view} report={data.report} params={search} path={`/apps/${id}`} />
      <AppSettings app={data.edited} createdAt={app.createdAt} />
    </div>
  )
}

function Header({ app, children }: { app: App; children: React.ReactNode }) {
  const t = useTranslations('app')
  return (
    <PageHeader
      title={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {app.name}
          <AppStatus status={app.status} />
        </span>
      }
      description={t('description', {
        tenant: app.tenant,
        project: app.project,
        environment: app.environment,
        owner: app.ownerEmail ?? t('nobody'),
      })}
      actions={children}
    />
  )
}
