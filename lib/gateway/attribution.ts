import type { IncomingHttpHeaders } from 'node:http'
import { AkcpError } from '@/lib/errors'
import type { App } from '@/lib/registry/snapshot'
import { hint } from './hints'

export type Attribution = { tenant: string; project: string; feature: string }

const form = /^[A-Za-z0-9._-]{1,64}$/
const featuresMax = 200
const features = new Map<string, Set<string>>()

/** `X-Tenant`, `X-Project` and `X-Feature`, within the app's scopes; absent is the app's own value. */
export function attribute(app: App, headers: IncomingHttpHeaders): Attribution {
  return {
    tenant: scoped(headers, 'x-tenant', app.tenant, app.tenantScope),
    project: scoped(headers, 'x-project', app.project, app.projectScope),
    feature: boundedFeature(app.id, scoped(headers, 'x-feature', 'default', app.featureScope)),
  }
}

function scoped(headers: IncomingHttpHeaders, name: string, own: string, scope: string[]): string {
  const value = headers[name]
  if (value === undefined || value === own) return own
  if (typeof value !== 'string' || !form.test(value)) {
    throw new AkcpError('invalid_request', `The header ${name} is malformed.`, {
      hint: hint('nameForm'),
      param: name,
    })
  }
  if (scope.includes(value) || scope.includes('*')) return value
  throw new AkcpError('tenant_not_allowed', `This app may not use ${name}: ${value}.`, {
    hint: hint('widenScope', { value, scope: name.slice(2) }),
    param: name,
  })
}

/** Past 200 features of an app, further ones count as `other`, so that a mistake cannot flood the ledger's groups. */
function boundedFeature(appId: string, feature: string): string {
  let known = features.get(appId)
  if (known?.has(feature)) return feature
  if (!known) {
    known = new Set()
    features.set(appId, known)
  }
  if (known.size >= featuresMax) return 'other'
  known.add(feature)
  return feature
}
