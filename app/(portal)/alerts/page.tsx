import { BellRing, CircleCheck } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getLocale, getTimeZone, getTranslations } from 'next-intl/server'
import { ClearFilters, FilterBar, SelectFilter } from '@/components/data-table/filters'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { Pagination } from '@/components/ui/pagination'
import { SegmentedLinks } from '@/components/ui/tabs'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { findAlertRule, listAlerts } from '@/lib/data/alerts'
import { findKey } from '@/lib/data/keys'
import { portalDatabase } from '@/lib/data/portal-database'
import { alertKinds, severities } from '@/lib/schemas/alerts'
import { AlertCard } from './alert-card'
import { type AlertParams, alertParams, alertView, cursorText, filterNames, stateFilters } from './alert-view'
import { useKindWords, useSeverityWords } from './alert-words'
import { AlertsFrame } from './alerts-frame'

const path = '/alerts'
const pageRows = 50

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('alerts'))('title') }
}

export default async function AlertsPage({ searchParams }: PageProps<'/alerts'>) {
  const raw = await searchParams
  const member = await requireMember(path, raw)
  if (!can(member, 'read', 'alert')) notFound()
  const params = alertParams.parse(raw)
  const { db } = portalDatabase()
  const state = params.state === 'all' ? undefined : params.state
  const [locale, timeZone, rows, about] = await Promise.all([
    getLocale(),
    getTimeZone(),
    listAlerts(db, {
      state,
      severity: params.severity,
      kind: params.kind,
      ruleId: params.rule,
      keyId: params.key,
      after: params.cursor,
      limit: pageRows,
    }),
    namesOf(params),
  ])
  const alerts = rows.map((row) => alertView(row, locale, timeZone))
  return (
    <AlertsFrame member={member} current={path}>
      <div className="grid min-w-0 gap-3">
        <Filters raw={raw} params={params} about={about} />
        {alerts.length === 0 ? (
          <Nothing raw={raw} params={params} />
        ) : (
          <>
            {alerts.slice(0, pageRows).map((alert) => (
              <AlertCard key={alert.id} alert={alert} mayChange={can(member, 'update', 'alert')} />
            ))}
            <Pages alerts={alerts} raw={raw} params={params} />
          </>
        )}
      </div>
    </AlertsFrame>
  )
}

/** What the list is narrowed to by a link of another page, by name. */
async function namesOf({ key, rule }: AlertParams): Promise<string[]> {
  const { db } = portalDatabase()
  const [ofKey, ofRule] = await Promise.all([key && findKey(db, key), rule && findAlertRule(db, rule)])
  return [...(ofKey ? [ofKey.key.name] : []), ...(ofRule ? [ofRule.name] : [])]
}

function Filters({ raw, params, about }: { raw: SearchParams; params: AlertParams; about: string[] }) {
  const t = useTranslations('alerts')
  const states = { open: t('stillOpen'), resolved: t('past'), all: t('all') }
  const severityWords = useSeverityWords()
  const kindWords = useKindWords()
  return (
    <FilterBar>
      <SegmentedLinks
        label={t('state')}
        items={stateFilters.map((state) => ({
          label: states[state],
          href: withParams(path, raw, { state: state === 'open' ? null : state }),
          current: state === params.state,
        }))}
      />
      <SelectFilter
        name="severity"
        label={t('severity')}
        options={severities.toReversed().map((value) => ({ value, label: severityWords[value] }))}
      />
      <SelectFilter
        name="kind"
        label={t('kind')}
        options={alertKinds.map((value) => ({ value, label: kindWords[value] }))}
      />
      <ClearFilters names={filterNames} />
      {about.length > 0 && (
        <p className="text-sm text-muted-foreground">{t('onlyAbout', { name: about.join(', ') })}</p>
      )}
    </FilterBar>
  )
}

function Pages({
  alerts,
  raw,
  params,
}: {
  alerts: ReturnType<typeof alertView>[]
  raw: SearchParams
  params: AlertParams
}) {
  const last = alerts[pageRows - 1]
  const more = alerts.length > pageRows && last
  return (
    <Pagination
      firstHref={params.cursor && withParams(path, raw, { cursor: null })}
      nextHref={more ? withParams(path, raw, { cursor: cursorText(last) }) : undefined}
    />
  )
}

function Nothing({ raw, params }: { raw: SearchParams; params: AlertParams }) {
  const t = useTranslations('alerts')
  const cleared = Object.fromEntries(filterNames.map((name) => [name, null]))
  if (params.severity || params.kind || params.key || params.rule)
    return <NoMatch clearHref={withParams(path, raw, cleared)} />
  if (params.state === 'open')
    return (
      <EmptyState
        icon={CircleCheck}
        title={t('noneOpen')}
        text={t('noneOpenText')}
        action={
          <>
            <ButtonLink look="secondary" href={withParams(path, raw, { state: 'all' })}>
              {t('showAll')}
            </ButtonLink>
            <ButtonLink look="secondary" href="/alerts/channels">
              {t('channels')}
            </ButtonLink>
          </>
        }
      />
    )
  return (
    <EmptyState
      icon={BellRing}
      title={t('none')}
      text={t('noneText')}
      action={
        <ButtonLink look="secondary" href="/alerts/rules">
          {t('rules')}
        </ButtonLink>
      }
    />
  )
}
