import type { Db } from '@/lib/data/database'
import { lockPoolsNamed, type Pool } from '@/lib/data/pools'
import { invalid } from './router'

/** The pools that ids or slugs name, in that order; each must exist and, if asked, be of one environment. */
export async function resolvePools(
  tx: Db,
  references: string[],
  { environment, param = 'pools' }: { environment?: string; param?: string } = {},
): Promise<Pool[]> {
  const rows = await lockPoolsNamed(tx, references)
  return references.map((reference) => {
    const pool = rows.find((row) => row.id === reference) ?? rows.find((row) => row.slug === reference)
    if (!pool) {
      throw invalid(`${param}: there is no pool ${reference}`, param, 'GET /api/admin/pools lists them.')
    }
    if (environment !== undefined && pool.environment !== environment) {
      throw invalid(
        `${param}: the pool ${pool.slug} is of environment ${pool.environment}, not ${environment}`,
        param,
      )
    }
    return pool
  })
}

/** The id of the pool that an id or slug names, of this environment. */
export async function resolvePool(
  tx: Db,
  reference: string,
  environment: string,
  param: string,
): Promise<string | null> {
  const [pool] = await resolvePools(tx, [reference], { environment, param })
  return pool?.id ?? null
}
