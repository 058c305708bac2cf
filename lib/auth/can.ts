/** Who may do what: one table, read by pages and by the admin API. Pure, so that browsers can use it too. */

export const roles = ['owner', 'operator', 'developer', 'finance', 'viewer'] as const
export type Role = (typeof roles)[number]
export type Action = 'read' | 'create' | 'update' | 'delete'

/** What one role may do with one resource; `own` narrows it to what belongs to the actor. */
type Right = { actions: readonly Action[]; own?: true }

const none: Right = { actions: [] }
const read: Right = { actions: ['read'] }
const all: Right = { actions: ['read', 'create', 'update', 'delete'] }
const readOwn: Right = { ...read, own: true }
const allOwn: Right = { ...all, own: true }

// Each row: owner, operator, developer, finance, viewer.
const table = {
  // What calls go through: operators run it, viewers watch it, finance pays for it without touching it.
  provider: [all, all, none, none, read],
  key: [all, all, none, none, read],
  pool: [all, all, none, none, read],
  // Developers need to know which models they can ask for.
  model: [all, all, read, none, read],
  price: [all, all, none, read, read],
  // An app names its tenants, models and pools, so a developer who could change it could widen it.
  app: [all, all, readOwn, none, read],
  // Keys of an app never reach further than the app, so whoever answers for it issues and revokes them.
  app_key: [all, all, allOwn, none, read],
  // Rows carry counts and cost, no prompts and no answers: safe for whoever accounts for them.
  usage: [all, all, readOwn, read, read],
  request: [all, all, readOwn, read, read],
  // Whoever answers for an app sees what it may still spend.
  budget: [all, all, readOwn, read, read],
  policy: [all, all, none, read, read],
  // Whoever answers for an app must know when its calls are stopped, and why.
  stop: [all, all, readOwn, readOwn, read],
  health_event: [all, all, none, none, read],
  alert: [all, all, none, none, read],
  alert_rule: [all, all, none, none, read],
  channel: [all, all, none, none, read],
  status: [all, all, none, none, read],
  job: [all, all, none, none, read],
  audit: [all, all, none, none, read],
  // Finance reads money and days in the organisation's time zone.
  settings: [all, all, none, read, read],
  // Who may sign in, and with what: with these rights one could make oneself owner.
  security: [all, none, none, none, none],
  member: [all, none, none, none, none],
  admin_token: [all, none, none, none, none],
  // Everybody sees and ends their own sessions and changes their own profile.
  session: [all, allOwn, allOwn, allOwn, allOwn],
  profile: [allOwn, allOwn, allOwn, allOwn, allOwn],
} satisfies Record<string, readonly [Right, Right, Right, Right, Right]>

export type Resource = keyof typeof table
export const resources = Object.keys(table) as Resource[]

/**
 * Whether `actor` may do `action`. Where a role is limited to what is its own, give the row's owner (such as an app's
 * `owner_email`) as `{ resource, owner }`; with the resource alone the answer is about at least one row.
 */
export function can(
  actor: { role: Role; email?: string },
  action: Action,
  on: Resource | { resource: Resource; owner: string | null },
): boolean {
  const resource = typeof on === 'string' ? on : on.resource
  const right = rightOf(actor.role, resource)
  if (!right.actions.includes(action)) return false
  return typeof on === 'string' || !right.own || isSame(on.owner, actor.email)
}

/**
 * The e-mail address to which the actor's rows of `resource` are limited, or null for all rows. What data functions
 * take as `ownerEmail`.
 */
export function ownerScope(actor: { role: Role; email?: string }, resource: Resource): string | null {
  // An empty address owns nothing.
  return rightOf(actor.role, resource).own ? (actor.email ?? '') : null
}

/** What a role may do at all, by resource: for showing and hiding, not for deciding. */
export function rightsOf(role: Role): Partial<Record<Resource, Action[]>> {
  const rights = resources.map((resource) => [resource, [...rightOf(role, resource).actions]] as const)
  return Object.fromEntries(rights.filter(([, actions]) => actions.length > 0))
}

function rightOf(role: Role, resource: Resource): Right {
  return table[resource][roles.indexOf(role)] ?? none
}

function isSame(owner: string | null, email: string | undefined): boolean {
  return Boolean(owner && email) && owner?.toLowerCase() === email?.toLowerCase()
}
