import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { readJobs } from '@/lib/admin/jobs'
import { readStatus } from '@/lib/admin/status'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { portalDatabase } from '@/lib/data/portal-database'
import { SettingsFrame } from '../settings-frame'
import { JobsCard } from './jobs-card'
import { PartsCard } from './parts-card'

const path = '/settings/jobs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('jobs') }
}

export default async function JobsPage() {
  const member = await requireMember(path)
  if (!can(member, 'read', 'job')) notFound()
  const { db } = portalDatabase()
  const [jobs, status] = await Promise.all([
    readJobs(db),
    can(member, 'read', 'status') ? readStatus(db) : undefined,
  ])
  return (
    <SettingsFrame member={member} current={path}>
      <div className="grid min-w-0 gap-6">
        {status && <PartsCard status={status} />}
        <JobsCard jobs={jobs} />
      </div>
    </SettingsFrame>
  )
}
