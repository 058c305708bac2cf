import { readKeyUse } from '@/lib/data/audit'
import { readHealthChanges } from '@/lib/data/health-events'
import { findKey } from '@/lib/data/keys'
import { portalDatabase } from '@/lib/data/portal-database'
import { type HealthChange, type Lane, type Span, timeline } from '@/lib/health/timeline'
import { type KeyView, shownRange } from './key-moment'

/** More changes than this tell nobody more. */
const changesMost = 2000

/** `cut`: there were more changes than are read, so that the span begins with the oldest of them. */
export async function readTimeline(
  id: string,
  view: KeyView,
  now: Date,
): Promise<{ lanes: Lane[]; span: Span; cut: boolean }> {
  const database = portalDatabase()
  const range = shownRange(view, now)
  const [details, changes, use] = await Promise.all([
    findKey(database.db, id),
    readHealthChanges(database, [id], range, changesMost),
    readKeyUse(database, [id]),
  ])
  const within = changes.filter(({ at }) => at >= range.from.getTime())
  const cut = within.length === changesMost
  const span = { from: cut ? (within[0]?.at ?? 0) : range.from.getTime(), to: range.to.getTime() }
  const health = changes.map(({ next_try_at: nextTryAt, ...change }) => ({ ...change, nextTryAt }))
  if (!details) return { lanes: [], span, cut }
  const lanes = timeline(span, {
    createdAt: details.key.createdAt.getTime(),
    health,
    use: use.filter(({ at }) => at < span.to),
    current: currentHealth(details.health, span),
    disabledNow: details.key.status === 'disabled',
  })
  return { lanes, span, cut }
}

function currentHealth(
  health: NonNullable<Awaited<ReturnType<typeof findKey>>>['health'],
  span: Span,
): HealthChange | null {
  if (!health || health.since.getTime() >= span.to) return null
  return {
    at: health.since.getTime(),
    state: health.state,
    model: null,
    signal: null,
    reason: health.reason,
    nextTryAt: health.nextTryAt?.getTime() ?? null,
  }
}
