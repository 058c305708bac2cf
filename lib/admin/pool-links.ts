import type { Db } from '@/lib/data/database'
import { findRing, findStrangers } from '@/lib/data/pool-links'
import { invalid } from './router'

/**
 * Refuses pools that lead to each other in a ring or into another environment. Call it after the change was written:
 * changes of the registry are written one after another, so each sees those before it.
 */
export async function checkPoolLinks(tx: Db, id: string): Promise<void> {
  const strangers = await findStrangers(tx, id)
  if (strangers) {
    const [from, to] = strangers
    throw invalid(
      `environment: the calls of ${from} may go to ${to}, so both must be of one environment`,
      'environment',
      `Take the fallback or the switch out of ${from} first.`,
    )
  }
  const fallback = await findRing(tx, 'fallback', id)
  if (fallback) throw ring('fallback_pool_id', fallback)
  const switched = await findRing(tx, 'switch', id)
  if (switched) throw ring('to_pool_id', switched)
}

function ring(param: string, slugs: string[]) {
  return invalid(
    `${param}: ${[...slugs, slugs[0]].join(' → ')} leads back to where it began`,
    param,
    'Choose a pool that does not lead back to this one.',
  )
}
