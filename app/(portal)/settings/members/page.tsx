import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Ago } from '@/components/ago'
import { Card } from '@/components/ui/card'
import { can } from '@/lib/auth/can'
import { type Member, requireMember } from '@/lib/auth/session'
import { type Invite, listInvitations } from '@/lib/data/invites'
import { type ListedMember, listMembers } from '@/lib/data/members'
import { portalDatabase } from '@/lib/data/portal-database'
import { SettingsFrame } from '../settings-frame'
import { InviteMember } from './invite-member'
import { MemberActions } from './member-actions'
import { RoleSelect } from './role-select'
import { useRoleWords } from './role-words'
import { WithdrawInvitation } from './withdraw-invitation'

/** Far more than a team has. */
const all = { limit: 1000, after: undefined }

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('members'))('title') }
}

export default async function MembersPage() {
  const member = await requireMember('/settings/members')
  if (!can(member, 'read', 'member')) notFound()
  const { db } = portalDatabase()
  const [members, invitations] = await Promise.all([listMembers(db, all), listInvitations(db, all)])
  return (
    <SettingsFrame member={member} current="/settings/members">
      <div className="grid max-w-3xl min-w-0 gap-6">
        <Members self={member} members={members} />
        {invitations.length > 0 && <Invitations invitations={invitations} />}
      </div>
    </SettingsFrame>
  )
}

function Members({ self, members }: { self: Member; members: ListedMember[] }) {
  const t = useTranslations('members')
  const owners = members.filter(({ role }) => role === 'owner').length
  return (
    <Card title={t('title')} description={t('text')} actions={<InviteMember />} flush>
      <ul className="divide-y">
        {members.map(({ id, name, email, role, createdAt, seenAt }) => {
          const last = role === 'owner' && owners === 1
          return (
            <Line key={id}>
              <div className="min-w-0">
                <p className="text-sm font-medium">
                  {name || email}
                  {id === self.id && (
                    <span className="ml-2 font-normal text-muted-foreground">{t('you')}</span>
                  )}
                </p>
                {name && <p className="text-sm text-muted-foreground">{email}</p>}
                <p className="mt-0.5 text-sm text-muted-foreground">
                  {t.rich('facts', {
                    joined: () => <Ago at={createdAt.toISOString()} />,
                    seen: () => <Ago at={seenAt?.toISOString() ?? null} />,
                  })}
                </p>
              </div>
              <div className="flex items-center gap-2">
                <RoleSelect id={id} email={email} role={role} last={last} />
                <MemberActions id={id} email={email} last={last} />
              </div>
            </Line>
          )
        })}
      </ul>
    </Card>
  )
}

function Invitations({ invitations }: { invitations: Invite[] }) {
  const t = useTranslations('members')
  const words = useRoleWords()
  return (
    <Card title={t('invitations')} description={t('invitationsText')} flush>
      <ul className="divide-y">
        {invitations.map(({ id, email, role, expiresAt }) => (
          <Line key={id}>
            <div className="min-w-0">
              <p className="text-sm font-medium">{email}</p>
              <p className="mt-0.5 text-sm text-muted-foreground">
                {t.rich('invitationFacts', {
                  role: words[role].name,
                  expires: () => <Ago at={expiresAt.toISOString()} />,
                })}
              </p>
            </div>
            <WithdrawInvitation id={id} email={email ?? ''} />
          </Line>
        ))}
      </ul>
    </Card>
  )
}

/** What somebody is at the left, what can be done at the right; one below the other where it is narrow. */
function Line({ children }: { children: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-3 sm:px-5">
      {children}
    </li>
  )
}
