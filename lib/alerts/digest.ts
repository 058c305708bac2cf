/** The daily and the weekly digest: written into the outbox once, by whichever process comes first. */
import { readDigestApps, readDigestSums } from '@/lib/data/alert-digest'
import { countOpenAlerts } from '@/lib/data/alerts'
import { insertDeliveries, isTold, openChannels } from '@/lib/data/channels'
import type { Database } from '@/lib/data/database'
import { newestVaultKey } from '@/lib/data/secrets'
import { readSettings } from '@/lib/data/settings'
import type { Range } from '@/lib/data/usage-range'
import { nanosToUsd } from '@/lib/format'
import { newId } from '@/lib/id'
import { type Settings, settings } from '@/lib/schemas/settings'
import { addDays, dayOf, fromWallClock, startOf, startOfDay } from '@/lib/time-zone'
import type { DigestPayload } from './payload'
import { readBudgets, readKeys } from './read'

const names = ['time_zone', 'language', 'digest_daily', 'digest_weekly', 'digest_hour'] as const

/** Returns how many digests were written. */
export async function writeDigests(database: Database, now: number): Promise<number> {
  const { db } = database
  const channels = await openChannels(db)
  if (!channels.some(({ minSeverity }) => minSeverity === 'info')) return 0
  const organisation = settings.parse(await readSettings(db, [...names]))
  const due = dueDigests(organisation, now, offsetMs((await newestVaultKey(db))?.id ?? ''))
  let written = 0
  for (const { period, range } of due) {
    const about = `${period} ${range.to.toISOString()}`
    if (await isTold(db, about)) continue
    const payload = await buildDigest(database, period, range, now, organisation)
    if (isEmpty(payload)) continue
    const rows = channels
      .filter(({ minSeverity }) => minSeverity === 'info')
      .map(({ id: channelId }) => ({ id: newId(), channelId, about, payload }))
    if ((await insertDeliveries(db, rows)) > 0) written++
  }
  return written
}

/** Digests whose hour has come today, with the time they are about; pure. `offset`: how long after the full hour. */
export function dueDigests(
  { time_zone: zone, digest_daily, digest_weekly, digest_hour }: Settings,
  now: number,
  offset: number,
): { period: DigestPayload['period']; range: Range }[] {
  const today = dayOf(new Date(now), zone)
  const at = fromWallClock(`${today}T${String(digest_hour).padStart(2, '0')}:00`, zone)
  if (!at || now < at.getTime() + offset) return []
  const to = startOfDay(today, zone)
  const since = (days: number) => ({ from: startOfDay(addDays(today, -days), zone), to })
  const isMonday = new Date(`${today}T00:00:00Z`).getUTCDay() === 1
  return [
    ...(digest_daily ? [{ period: 'daily' as const, range: since(1) }] : []),
    ...(digest_weekly && isMonday ? [{ period: 'weekly' as const, range: since(7) }] : []),
  ]
}

/** Bots refuse more often on the full hour, when everybody sends: each installation has its own 1 to 55 seconds. */
function offsetMs(seed: string): number {
  return (1 + (Number.parseInt(seed.slice(0, 6) || '0', 16) % 55)) * 1000
}

async function buildDigest(
  database: Database,
  period: DigestPayload['period'],
  range: Range,
  now: number,
  { time_zone: zone }: Settings,
): Promise<DigestPayload> {
  const length = range.to.getTime() - range.from.getTime()
  const before = { from: new Date(range.from.getTime() - length), to: range.from }
  const [sums, apps, budgets, keys, open] = await Promise.all([
    readDigestSums(database, range, before, startOf('month', new Date(now), zone)),
    readDigestApps(database, range, before),
    readBudgets(database, now, zone),
    readKeys(database),
    countOpenAlerts(database),
  ])
  const usd = (nanos: string) => nanosToUsd(BigInt(nanos))
  return {
    kind: 'digest',
    period,
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    calls: sums.calls,
    failed: sums.failed,
    usd: usd(sums.cost_nanos),
    before_usd: usd(sums.before_nanos),
    probe_usd: usd(sums.probe_nanos),
    apps: apps.map(({ name, cost_nanos, before_nanos }) => ({
      name,
      usd: usd(cost_nanos),
      before_usd: usd(before_nanos),
    })),
    budgets: budgets
      .map(({ scope, name, period: of, spentUsd, limitUsd }) => ({
        scope,
        name,
        period: of,
        spent_usd: spentUsd,
        limit_usd: limitUsd,
        share: spentUsd / limitUsd,
      }))
      .toSorted((a, b) => b.share - a.share)
      .slice(0, 10),
    keys: keys.flatMap((key) => careOf(key, now)).slice(0, 20),
    open_alerts: open.info + open.warning + open.critical,
  }
}

const weekMs = 7 * 86_400_000

/** Why a key needs somebody, in the words of the portal’s badges. */
function careOf(
  {
    name,
    status,
    state,
    reason,
    expiresAt,
    balance,
    balanceThresholdUsd,
    hasSecret,
  }: Awaited<ReturnType<typeof readKeys>>[number],
  now: number,
): DigestPayload['keys'] {
  if (status === 'disabled') return []
  const low = balance?.usd != null && balanceThresholdUsd !== null && balance.usd < balanceThresholdUsd
  const why = [
    ...(hasSecret ? [] : ['no_secret' as const]),
    ...(state === 'up' ? [] : [`${state} ${reason ?? ''}`.trim()]),
    ...(expiresAt !== null && expiresAt - now < weekMs ? ['expires' as const] : []),
    ...(low ? ['balance' as const] : []),
  ]
  return why.length > 0 ? [{ name, why }] : []
}

function isEmpty({ calls, before_usd, keys, open_alerts }: DigestPayload): boolean {
  return calls === 0 && before_usd === 0 && keys.length === 0 && open_alerts === 0
}
