/** Everything that happens on a schedule. */
import { type DeliveryContext, deliverDue } from '@/lib/alerts/deliver'
import { evaluateAlerts } from '@/lib/alerts/run'
import { forgetOldLeases } from '@/lib/data/budgets'
import { forgetOldDeliveries } from '@/lib/data/channels'
import { removeOldRows } from '@/lib/data/cleaning'
import type { Database } from '@/lib/data/database'
import { refreshBalances } from '@/lib/gateway/balances'
import type { Context } from '@/lib/gateway/context'
import { probeDueKeys } from '@/lib/gateway/probes'
import { applyRetention } from '@/lib/ledger/retention'
import { auditLedger } from '@/lib/ledger/self-audit'
import { summariseUsage } from '@/lib/ledger/summaries'
import type { Job } from './run'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** In this order where several are due: what is found out first is told in the same round. */
export function scheduledJobs(context: Context, database: Database, delivery: DeliveryContext): Job[] {
  return [
    {
      // Looks for keys whose turn it is; how often that is, each key says itself.
      name: 'probes',
      intervalMs: 10 * second,
      limitMs: minute,
      run: (signal) => probeDueKeys(context, database, signal),
    },
    {
      name: 'balances',
      intervalMs: 10 * minute,
      limitMs: 2 * minute,
      run: (signal) => refreshBalances(context, database, signal),
    },
    {
      name: 'alerts',
      intervalMs: 15 * second,
      limitMs: minute,
      run: () => evaluateAlerts({ database }),
    },
    {
      name: 'deliveries',
      intervalMs: 5 * second,
      limitMs: minute,
      run: () => deliverDue(delivery),
    },
    {
      name: 'summaries',
      intervalMs: 5 * minute,
      limitMs: minute,
      run: () => summariseUsage(database),
    },
    {
      name: 'retention',
      intervalMs: hour,
      limitMs: 10 * minute,
      run: (signal) => applyRetention(database, new Date(), signal),
    },
    {
      name: 'self-audit',
      intervalMs: hour,
      limitMs: 5 * minute,
      async run(signal) {
        const { windows, drifts } = await auditLedger(database, new Date(), { signal })
        return { windows, drifts: drifts.length }
      },
    },
    {
      name: 'cleaning',
      intervalMs: hour,
      limitMs: 5 * minute,
      async run() {
        await forgetOldLeases(database)
        await forgetOldDeliveries(database)
        return { removed: await removeOldRows(database) }
      },
    },
  ]
}
