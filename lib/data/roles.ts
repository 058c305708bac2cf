/**
 * Database roles. The gateway's role owns the tables; the portal's can write a sealed secret and never read one, and
 * sees nothing that only gateways use.
 */
import type { Sql } from 'postgres'
import { connect } from './database'

const databaseName = 'akcp'
const gatewayRole = 'akcp_gateway'
const embeddedPortalRole = 'akcp_portal'
/** Any number that nothing else locks. */
const rolesLock = 0x616b6371

const everything = 'select, insert, update, delete'

/** What the portal may do with each table; one that is not named here is closed to it. */
export const portalAccess: Record<string, string[]> = {
  settings: [everything],
  providers: [everything],
  keys: [everything],
  pools: [everything],
  pool_keys: [everything],
  model_routes: [everything],
  prices: [everything],
  apps: [everything],
  app_keys: [everything],
  policies: [everything],
  stops: [everything],
  budgets: [everything],
  members: [everything],
  sessions: [everything],
  invites: [everything],
  admin_tokens: [everything],
  alert_rules: [everything],
  alerts: [everything],
  channels: [everything],
  deliveries: [everything],
  drills: [everything],
  balances: [everything],
  requests: ['select'],
  rollups: ['select'],
  summaries: ['select'],
  summary_seals: ['select'],
  late_rollups: ['select'],
  month_totals: ['select'],
  dropped_charges: ['select'],
  ledger_drifts: ['select'],
  processes: ['select'],
  budget_windows: ['select'],
  key_health: ['select'],
  health_events: ['select'],
  vault_keys: ['select'],
  jobs: ['select'],
  job_runs: ['select'],
  key_checks: ['select'],
  registry_version: ['select, update'],
  audit: ['select, insert'],
  // An upsert reads the columns of its conflict.
  secrets: ['insert, update, delete', 'select (purpose, row_id, vault_key_id)'],
  vault_tasks: ['insert', 'select (id, kind, input, result, taken_by, taken_at, done_at, created_at)'],
  leases: [],
}

/** What it may have done with the rights of the tables' owner. */
const portalFunctions = ['release_lost_money(uuid, timestamptz)']

export type EmbeddedUrls = { gateway: string; portal: string }

/** Creates, as superuser, the database and both roles where missing, and sets their passwords. */
export async function prepareEmbedded(
  adminUrl: string,
  passwords: { gateway: string; portal: string },
): Promise<EmbeddedUrls> {
  const admin = connect(adminUrl, { max: 1, name: 'akcp start' })
  try {
    await ensureRole(admin.sql, gatewayRole, passwords.gateway)
    await ensureRole(admin.sql, embeddedPortalRole, passwords.portal)
    const [found] = await admin.sql`select 1 from pg_database where datname = ${databaseName}`
    if (!found) await admin.sql`create database ${admin.sql(databaseName)} owner ${admin.sql(gatewayRole)}`
    await admin.sql`revoke all on database ${admin.sql(databaseName)} from public`
    await admin.sql`grant connect on database ${admin.sql(databaseName)} to ${admin.sql(embeddedPortalRole)}`
  } finally {
    await admin.close()
  }
  return {
    gateway: urlFor(adminUrl, gatewayRole, passwords.gateway, databaseName),
    portal: urlFor(adminUrl, embeddedPortalRole, passwords.portal, databaseName),
  }
}

/**
 * On a given database: creates `<database>_portal` and returns its URL, or null when the role of `url` may not, or
 * when the new role cannot sign in (a pooler may not know it).
 */
export async function preparePortalRole(
  url: string,
  password: string,
): Promise<{ role: string; url: string } | null> {
  const database = connect(url, { max: 1, name: 'akcp start' })
  const role = `${decodeURIComponent(new URL(url).pathname.slice(1)).slice(0, 56)}_portal`
  try {
    const [own] = await database.sql`
      select rolcreaterole or rolsuper as may from pg_roles where rolname = current_user`
    if (!own?.may) return null
    await ensureRole(database.sql, role, password)
    const [current] = await database.sql`select current_database() as name`
    await database.sql`grant connect on database ${database.sql(current?.name)} to ${database.sql(role)}`
    await database.sql`grant usage on schema public to ${database.sql(role)}`
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return null
    throw error
  } finally {
    await database.close()
  }
  const portalUrl = urlFor(url, role, password)
  return (await canSignIn(portalUrl)) ? { role, url: portalUrl } : null
}

export const embeddedPortal = embeddedPortalRole

/** Gives the portal's role exactly `portalAccess`. Run by the tables' owner after every migration. */
export async function grantPortal(sql: Sql, role: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${rolesLock})`
    const to = `"${role.replaceAll('"', '""')}"`
    const statements = Object.entries(portalAccess).flatMap(([table, grants]) => [
      `revoke all on ${table} from ${to}`,
      ...grants.map((grant) => `grant ${grant} on ${table} to ${to}`),
    ])
    const functions = portalFunctions.map((name) => `grant execute on function ${name} to ${to}`)
    await transaction.unsafe([...statements, ...functions].join(';'))
  })
}

async function ensureRole(sql: Sql, role: string, password: string) {
  await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${rolesLock})`
    const [found] = await transaction`select 1 from pg_roles where rolname = ${role}`
    const verb = found ? 'alter' : 'create'
    // Utility statements take no parameters: PostgreSQL itself quotes the password.
    const [row] = await transaction`
      select format('%s role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password %L',
        ${verb}::text, ${role}::text, ${password}::text) as statement`
    await transaction.unsafe(row?.statement)
  })
}

function urlFor(url: string, user: string, password: string, database?: string): string {
  const result = new URL(url)
  result.username = encodeURIComponent(user)
  result.password = encodeURIComponent(password)
  if (database) result.pathname = `/${database}`
  return result.href
}

async function canSignIn(url: string): Promise<boolean> {
  const database = connect(url, { max: 1, name: 'akcp start' })
  try {
    await database.sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await database.close()
  }
}
