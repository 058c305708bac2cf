import type { Db } from '@/lib/data/database'
import { listModelRoutes } from '@/lib/data/model-routes'
import { listPools } from '@/lib/data/pools'
import { listProviders } from '@/lib/data/providers'

/** What the form of an app offers. */
export type AppChoices = {
  environments: string[]
  /** Names of model routes, and the patterns of the providers. */
  models: string[]
  pools: { slug: string; name: string; environment: string }[]
}

const all = { limit: 1000, after: undefined }

export async function readChoices(db: Db): Promise<AppChoices> {
  const [pools, routes, providers] = await Promise.all([
    listPools(db, all),
    listModelRoutes(db, all),
    listProviders(db, all),
  ])
  const patterns = providers.flatMap((provider) => provider.modelPatterns)
  return {
    environments: [
      ...new Set(['production', 'staging', ...pools.map(({ pool }) => pool.environment)]),
    ].sort(),
    models: [...new Set([...routes.map((route) => route.name), ...patterns])].sort(),
    pools: pools.map(({ pool: { slug, name, environment } }) => ({ slug, name, environment })),
  }
}
