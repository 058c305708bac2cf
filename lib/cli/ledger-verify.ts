import { auditLedger, describeAudit } from '@/lib/ledger/self-audit'
import type { Invocation } from './command'

export async function verifyLedger({ database, args, options, print }: Invocation): Promise<number> {
  if (args[0] !== 'verify') throw new Error('there is only: npm run akcp -- ledger verify [--all]')
  const audit = await auditLedger(database, new Date(), { whole: options.all })
  for (const line of describeAudit(audit)) print(line)
  return audit.drifts.length === 0 ? 0 : 1
}
