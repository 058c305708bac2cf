import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'

export type FreshDatabase = {
  /** Superuser, for looking behind the roles. */
  adminUrl: string
  /** The owner of the tables. */
  gatewayUrl: string
  /** The role without secrets. */
  portalUrl: string
  /** Ends every connection and removes the database. */
  drop(): Promise<void>
}

/** A migrated, empty database of the suite's own. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const template = inject('templateUrls')
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href
  const roles = { gateway: new URL(template.gateway).username, portal: new URL(template.portal).username }
  await asAdmin(async (sql) => {
    const source = new URL(template.gateway).pathname.slice(1)
    await sql`create database ${sql(name)} template ${sql(source)} owner ${sql(roles.gateway)}`
    await sql`revoke all on database ${sql(name)} from public`
    await sql`grant connect on database ${sql(name)} to ${sql(roles.portal)}`
  })
  return {
    adminUrl: at(inject('adminUrl')),
    gatewayUrl: at(template.gateway),
    portalUrl: at(template.portal),
    drop: () => asAdmin((sql) => sql`drop database ${sql(name)} with (force)`),
  }
}

async function asAdmin(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(inject('adminUrl'), { max: 1, onnotice() {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}
