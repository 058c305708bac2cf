import { boundsName, type Policy } from '@/lib/registry/bounds'
import type { Snapshot } from '@/lib/registry/snapshot'
import type { Attribution } from './attribution'

/** The policies of everyone, and of the call's tenant, project and feature. */
export function policiesOf({ policies }: Snapshot, attribution: Attribution): Policy[] {
  if (policies.size === 0) return []
  const names = [
    boundsName('global', ''),
    boundsName('tenant', attribution.tenant),
    boundsName('project', attribution.project),
    boundsName('feature', attribution.feature),
  ]
  return names.flatMap((name) => policies.get(name) ?? [])
}
