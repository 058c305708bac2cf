import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { Card } from '@/components/ui/card'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { portalDatabase } from '@/lib/data/portal-database'
import { listProviders } from '@/lib/data/providers'
import { type Rates, ratesWith } from '@/lib/exchange-rates'
import { readOrganisation } from '@/lib/organisation'
import type { Settings } from '@/lib/schemas/settings'
import { dayOf } from '@/lib/time-zone'
import { SettingsFrame } from '../settings-frame'
import { type Organisation, OrganisationForm } from './organisation-form'
import { RatesForm } from './rates-form'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organisation'))('title') }
}

export default async function OrganisationPage() {
  const member = await requireMember('/settings/organisation')
  if (!can(member, 'read', 'settings')) notFound()
  const [settings, providers] = await Promise.all([
    readOrganisation(),
    listProviders(portalDatabase().db, { limit: 1000, after: undefined }),
  ])
  return (
    <SettingsFrame member={member} current="/settings/organisation">
      <Panel
        organisation={organisationOf(settings)}
        providers={providers.map(({ slug, name }) => ({ slug, name }))}
        mayChange={can(member, 'update', 'settings')}
        rates={ratesWith(settings.exchange_rates)}
        today={dayOf(new Date(), settings.time_zone)}
      />
    </SettingsFrame>
  )
}

function organisationOf(settings: Settings): Organisation {
  const { organisation_name, time_zone, language, default_provider } = settings
  const { digest_daily, digest_weekly, digest_hour } = settings
  return {
    organisation_name,
    time_zone,
    language,
    default_provider,
    digest_daily,
    digest_weekly,
    digest_hour,
  }
}

function Panel({
  rates,
  today,
  ...props
}: {
  organisation: Organisation
  providers: { slug: string; name: string }[]
  mayChange: boolean
  rates: Rates
  today: string
}) {
  const t = useTranslations('organisation')
  const ofRates = useTranslations('exchangeRates')
  return (
    <div className="grid max-w-3xl min-w-0 gap-6">
      <Card title={t('title')} description={props.mayChange ? t('text') : t('readOnly')}>
        <OrganisationForm {...props} timeZones={['UTC', ...Intl.supportedValuesOf('timeZone')]} />
      </Card>
      <Card title={ofRates('title')} description={ofRates('text')}>
        <RatesForm rates={rates} today={today} mayChange={props.mayChange} />
      </Card>
    </div>
  )
}
