import { createAdminApp } from '@/lib/admin/app'
import { portalDatabase } from '@/lib/data/portal-database'
import { env } from '@/lib/env'
import { behindFront, serverlessGateway } from '@/lib/serverless/runtime'

export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

let app: ReturnType<typeof createAdminApp> | undefined

/** Behind the front, that one refreshes its gateway; alone, the gateway in this process is the one to tell. */
function handle(request: Request): Response | Promise<Response> {
  const afterChange = behindFront() ? undefined : async () => (await serverlessGateway()).refresh()
  app ??= createAdminApp({ database: portalDatabase(), env: env(), afterChange })
  return app.fetch(request)
}

export {
  handle as DELETE,
  handle as GET,
  handle as HEAD,
  handle as OPTIONS,
  handle as PATCH,
  handle as POST,
  handle as PUT,
}
