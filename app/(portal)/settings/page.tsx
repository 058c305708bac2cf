import type { Metadata } from 'next'
import { useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { Card } from '@/components/ui/card'
import { requireSession } from '@/lib/auth/session'
import { portalDatabase } from '@/lib/data/portal-database'
import { listSessions } from '@/lib/data/sessions'
import { PasswordForm } from './password-form'
import { ProfileForm } from './profile-form'
import { Sessions } from './sessions'
import { SettingsFrame } from './settings-frame'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('title') }
}

export default async function ProfilePage() {
  const { id, member } = await requireSession('/settings')
  // More than anybody uses at a time.
  const sessions = await listSessions(portalDatabase().db, member.id, { limit: 100, after: undefined })
  return (
    <SettingsFrame member={member} current="/settings">
      <div className="grid max-w-3xl min-w-0 gap-6">
        <Profile name={member.name} email={member.email} language={member.language} />
        <Sessions sessions={sessions} current={id} />
      </div>
    </SettingsFrame>
  )
}

function Profile({ name, email, language }: { name: string; email: string; language: 'en' | 'zh' | null }) {
  const t = useTranslations('profile')
  return (
    <>
      <Card title={t('title')} description={email}>
        <ProfileForm name={name} language={language} />
      </Card>
      <Card title={t('passwordTitle')} description={t('passwordText')}>
        <PasswordForm email={email} />
      </Card>
    </>
  )
}
