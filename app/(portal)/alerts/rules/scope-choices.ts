import { listApps } from '@/lib/data/apps'
import type { Db } from '@/lib/data/database'
import { listKeys } from '@/lib/data/keys'
import { listModelRoutes } from '@/lib/data/model-routes'
import { listPools } from '@/lib/data/pools'
import { listProviders } from '@/lib/data/providers'
import type { ScopeChoices } from './rule-scope-field'

const all = { limit: 1000, after: undefined }

/** What a rule can be narrowed to. */
export async function readScopeChoices(db: Db): Promise<ScopeChoices> {
  const [keys, providers, pools, apps, routes] = await Promise.all([
    listKeys(db, all),
    listProviders(db, all),
    listPools(db, all),
    listApps(db, all, null),
    listModelRoutes(db, all),
  ])
  const texts = (values: string[]) => [...new Set(values)].filter(Boolean).sort()
  return {
    named: {
      key: keys.map(({ key, provider }) => ({ id: key.id, name: `${key.name} (${provider})` })),
      provider: providers.map(({ id, name }) => ({ id, name })),
      pool: pools.map(({ pool }) => ({ id: pool.id, name: pool.name })),
      app: apps.map(({ id, name }) => ({ id, name })),
    },
    known: {
      tenant: texts(apps.map(({ tenant }) => tenant)),
      project: texts(apps.map(({ project }) => project)),
      feature: [],
      model: texts(routes.map(({ name }) => name).filter((name) => !name.endsWith('*'))),
      environment: texts([...keys.map(({ key }) => key.environment), 'production']),
    },
  }
}
