import type { Policy } from '@/lib/registry/bounds'
import type { Snapshot } from '@/lib/registry/snapshot'
import type { Attribution } from './attribution'

/** The policies of everyone, and of the call's tenant, project and feature. */
export function policiesOf({ policies }: Snapshot, { tenant, project, feature }: Attribution): Policy[] {
  const found: Policy[] = []
  const add = (policy: Policy | undefined) => {
    if (policy) found.push(policy)
  }
  add(policies.global.get(''))
  add(policies.tenant.get(tenant))
  add(policies.project.get(project))
  add(policies.feature.get(feature))
  return found
}
