import type { AlertDetails } from '@/lib/alerts/facts'
import { alertText } from '@/lib/alerts/text'
import { listAlerts } from '@/lib/data/alerts'
import { listKeys } from '@/lib/data/keys'
import { postgresFacts, recentProcesses } from '@/lib/data/status'
import { activeStops } from '@/lib/data/stops'
import type { Invocation } from './command'

/** A process that was not seen for this long counts as gone. */
const staleMs = 30_000
const all = { limit: 10_000, after: undefined }

/** Exit code 1 when no gateway lives, a key in use is down, or a critical alert is open. */
export async function showHealth({ database, print }: Invocation): Promise<number> {
  const { db } = database
  const [facts, processes, keys, alerts, stops] = await Promise.all([
    postgresFacts(db),
    recentProcesses(db),
    listKeys(db, all),
    listAlerts(db, { state: 'open', limit: 50 }),
    activeStops(db, null),
  ])
  const living = processes.filter(
    ({ role, seenAt }) => role !== 'portal' && seenAt.getTime() > Date.parse(facts.now) - staleMs,
  )
  print(
    `gateways    ${living.length === 0 ? 'none is running' : living.map(({ host, pid, version }) => `${host}:${pid} (${version})`).join(', ')}`,
  )
  print(`PostgreSQL  up (${facts.version})`)
  const used = keys.filter(({ key }) => key.status !== 'disabled')
  const out = used.filter(({ health }) => health !== null && health.state !== 'up')
  print(`keys        ${used.length - out.length} of ${used.length} up`)
  for (const { key, provider, health } of out) {
    const next = health?.nextTryAt ? `, next try ${health.nextTryAt.toISOString()}` : ''
    print(`  ${health?.state}  ${key.name} (${provider}): ${health?.reason ?? ''}${next}`)
  }
  print(`stops       ${stops.length === 0 ? 'none' : `${stops.length} (npm run akcp -- stops)`}`)
  print(`alerts      ${alerts.length === 0 ? 'none' : `${alerts.length} open`}`)
  for (const alert of alerts) {
    const { title, action } = alertText(alert.details as AlertDetails, 'en', 'UTC')
    print(`  ${alert.severity}  ${title}. ${action.text}.`)
  }
  const wrong =
    living.length === 0 ||
    out.some(({ health }) => health?.state === 'down') ||
    alerts.some(({ severity }) => severity === 'critical')
  return wrong ? 1 : 0
}
