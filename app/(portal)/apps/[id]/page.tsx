import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { publicAddress } from '@/app/public-address'
import { PageHeader } from '@/components/page-header'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { readAppKeyUse } from '@/lib/data/app-activity'
import { listAppKeys } from '@/lib/data/app-keys'
import { type App, findApp } from '@/lib/data/apps'
import { listCalledModels } from '@/lib/data/called-models'
import { poolSlugs } from '@/lib/data/pools'
import { portalDatabase } from '@/lib/data/portal-database'
import { readReport } from '../../usage/report'
import { parseUsageView } from '../../usage/view'
import { readChoices } from '../app-choices'
import type { EditedApp } from '../app-draft'
import { EditApp } from '../app-sheet'
import { AppStatus } from '../app-status'
import { AppUseButton } from '../app-use-button'
import { appKeyRows } from './app-key-list'
import { AppKeys } from './app-keys'
import { AppSettings } from './app-settings'
import { AppUsage } from './app-usage'
import { ArchiveApp } from './archive-app'
import { exampleModel } from './example-model'

/** Far more keys than an app has. */
const all = { limit: 500, after: undefined }

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('app')
  return { title: t('title') }
}

export default async function AppPage({ params, searchParams }: PageProps<'/apps/[id]'>) {
  const member = await requireMember()
  if (!can(member, 'read', 'app')) notFound()
  const { id } = await params
  const database = portalDatabase()
  const app = await findApp(database.db, id, ownerScope(member, 'app'))
  if (!app) notFound()
  const mine = { resource: 'app_key', owner: app.ownerEmail } as const
  const rights = { create: can(member, 'create', mine), update: can(member, 'update', mine) }
  const [search, timeZone] = await Promise.all([searchParams, getTimeZone()])
  const view = { ...parseUsageView({ range: '30d', by: 'model', ...search, app: id }, new Date(), timeZone) }
  const [keys, use, report, slugs, choices, called, address] = await Promise.all([
    listAppKeys(database.db, id, all),
    readAppKeyUse(database, id),
    readReport(database, view, ownerScope(member, 'usage')),
    poolSlugs(database.db, app.pools),
    readChoices(database.db),
    listCalledModels(database),
    publicAddress(),
  ])
  const edited = editedApp(app, slugs)
  const models = [...choices.models, ...called.map(({ model }) => model)]
  return (
    <div className="grid min-w-0 gap-6">
      <Header app={app}>
        {can(member, 'update', { resource: 'app', owner: app.ownerEmail }) && (
          <>
            <EditApp choices={choices} edited={edited} />
            <AppUseButton id={id} name={app.name} status={app.status} />
          </>
        )}
        {can(member, 'delete', { resource: 'app', owner: app.ownerEmail }) && (
          <ArchiveApp
            id={id}
            name={app.name}
            keys={keys.filter(({ status }) => status !== 'revoked').length}
          />
        )}
      </Header>
      <AppKeys
        app={{ id, name: app.name, address, exampleModel: exampleModel(app.allowedModels, models) }}
        rows={appKeyRows(keys, use, new Date())}
        models={choices.models}
        rights={rights}
      />
      <AppUsage view={view} report={report} params={search} path={`/apps/${id}`} />
      <AppSettings app={edited} createdAt={app.createdAt} />
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

function editedApp(app: App, slugs: Map<string, string>): EditedApp {
  const { id, name, tenant, project, environment, ownerEmail, allowedModels, language } = app
  const { tenantScope, projectScope, featureScope, allowEnvironments, allowedIps, defaultMaxOutputTokens } =
    app
  return {
    ...{ id, name, tenant, project, environment, ownerEmail, allowedModels, language },
    ...{ tenantScope, projectScope, featureScope, allowEnvironments, allowedIps, defaultMaxOutputTokens },
    pools: app.pools.map((pool) => slugs.get(pool) ?? pool),
  }
}
