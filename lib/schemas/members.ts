import { z } from 'zod'
import { listOf, patchOf, strict, timeOut } from './fields'

export const role = z.enum(['owner', 'operator', 'developer', 'finance', 'viewer'])
export const email = z.email('expected an e-mail address').max(254)
export const password = z
  .string()
  .min(12, 'expected at least 12 characters')
  .max(1024, 'expected at most 1024 characters')
const language = z.enum(['en', 'zh'])
const name = z.string().trim().max(100)
const token = z.string().min(1).max(200)

export const member = z
  .object({ id: z.uuid(), email: z.string(), name: z.string(), role, language: language.nullable() })
  .meta({ id: 'Member' })
const listedMember = member
  .extend({
    created_at: timeOut,
    seen_at: timeOut.nullable().meta({ description: 'Last request in a session, to the minute' }),
  })
  .meta({ id: 'ListedMember' })
export const memberList = listOf(listedMember)
export const memberPatch = patchOf({ name: name.min(1), role })

export const inviteInput = strict({ email, role })
export const invite = z
  .object({ id: z.uuid(), email: z.string(), role, created_at: timeOut, expires_at: timeOut })
  .meta({ id: 'Invite' })
export const inviteList = listOf(invite)
export const newInvite = invite
  .extend({ url: z.url().meta({ description: 'Works once; shown this once' }) })
  .meta({ id: 'NewInvite' })
export const acceptInput = strict({ token, password, name: name.optional() })
export const passwordLink = z.object({ url: z.url(), expires_at: timeOut }).meta({ id: 'PasswordLink' })

export const session = z
  .object({
    id: z.uuid(),
    member_id: z.uuid(),
    email: z.string(),
    user_agent: z.string(),
    address: z.string(),
    current: z.boolean().meta({ description: 'The session of this very request' }),
    created_at: timeOut,
    seen_at: timeOut,
    expires_at: timeOut,
  })
  .meta({ id: 'Session' })
export const sessionList = listOf(session)
export const sessionsEnded = z.object({ ended: z.int() })

export const me = z
  .object({
    kind: z.enum(['token', 'session']),
    name: z.string(),
    role,
    member: member.nullable().meta({ description: 'Null for a token' }),
    rights: z
      .record(z.string(), z.array(z.enum(['read', 'create', 'update', 'delete'])))
      .meta({ description: 'What your role may do, by resource' }),
  })
  .meta({ id: 'Actor' })
export const profilePatch = strict({
  name: name.min(1).optional(),
  language: language.nullable().optional(),
  password: password.optional().meta({ description: 'Ends your other sessions' }),
  current_password: z.string().max(1024).optional().meta({ description: 'Needed with password' }),
})
