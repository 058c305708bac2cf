/**
 * What each address of the admin API needs. An address that is missing here is refused to everybody, and a test fails
 * that names it.
 */
import type { Action, Resource } from './can'

type Need = 'anybody' | readonly [Action, Resource]

const listAndOne = (path: string, resource: Resource): Record<string, Need> => ({
  [`GET ${path}`]: ['read', resource],
  [`POST ${path}`]: ['create', resource],
  [`GET ${path}/:id`]: ['read', resource],
  [`PATCH ${path}/:id`]: ['update', resource],
  [`DELETE ${path}/:id`]: ['delete', resource],
})

/** By method and path, as the routes are registered, without `/api/admin`. */
export const adminRights: Record<string, Need> = {
  'GET /openapi.json': 'anybody',
  'GET /docs': 'anybody',
  'GET /docs.css': 'anybody',
  // What these need is the token in the body.
  'POST /setup': 'anybody',
  'POST /invites/accept': 'anybody',

  'GET /me': ['read', 'profile'],
  'PATCH /me': ['update', 'profile'],
  'GET /status': ['read', 'status'],
  'GET /jobs': ['read', 'job'],
  'GET /settings': ['read', 'settings'],
  'PATCH /settings': ['update', 'settings'],

  'GET /providers/presets': ['read', 'provider'],
  ...listAndOne('/providers', 'provider'),
  ...listAndOne('/keys', 'key'),
  'POST /keys/:id/disable': ['update', 'key'],
  'POST /keys/:id/enable': ['update', 'key'],
  'POST /keys/:id/probe': ['update', 'key'],
  'PUT /keys/:id/balance': ['update', 'key'],
  'DELETE /keys/:id/balance': ['update', 'key'],
  'POST /keys/test': ['create', 'key'],
  ...listAndOne('/pools', 'pool'),
  'POST /pools/:id/switch': ['update', 'pool'],
  ...listAndOne('/models', 'model'),
  'GET /prices': ['read', 'price'],
  'POST /prices': ['create', 'price'],
  'GET /prices/:id': ['read', 'price'],
  'DELETE /prices/:id': ['delete', 'price'],
  'GET /stops': ['read', 'stop'],
  'POST /stops': ['create', 'stop'],
  'DELETE /stops/:id': ['delete', 'stop'],
  'GET /policies': ['read', 'policy'],
  'GET /policies/:scope/:id': ['read', 'policy'],
  'PUT /policies/:scope/:id': ['update', 'policy'],
  'GET /budgets': ['read', 'budget'],
  'POST /budgets/:id/release-lost': ['update', 'budget'],
  'GET /health-events': ['read', 'health_event'],
  ...listAndOne('/alert-rules', 'alert_rule'),
  'POST /alert-rules/preview': ['create', 'alert_rule'],
  'GET /alerts': ['read', 'alert'],
  'GET /alerts/:id': ['read', 'alert'],
  'POST /alerts/:id/acknowledge': ['update', 'alert'],
  'POST /alerts/:id/resolve': ['update', 'alert'],
  ...listAndOne('/channels', 'channel'),
  'POST /channels/:id/test': ['update', 'channel'],

  ...listAndOne('/apps', 'app'),
  'GET /apps/:id/keys': ['read', 'app_key'],
  'POST /apps/:id/keys': ['create', 'app_key'],
  'PATCH /apps/:id/keys/:key_id': ['update', 'app_key'],
  'POST /apps/:id/keys/:key_id/rotate': ['update', 'app_key'],
  'POST /apps/:id/keys/:key_id/revoke': ['delete', 'app_key'],

  'GET /usage': ['read', 'usage'],
  'GET /usage.csv': ['read', 'usage'],
  'GET /requests': ['read', 'request'],
  'GET /requests.csv': ['read', 'request'],
  'GET /requests.jsonl': ['read', 'request'],
  'GET /requests/:id': ['read', 'request'],

  'GET /members': ['read', 'member'],
  'POST /members': ['create', 'member'],
  'PATCH /members/:id': ['update', 'member'],
  'DELETE /members/:id': ['delete', 'member'],
  'POST /members/:id/password-link': ['update', 'member'],
  'GET /invites': ['read', 'member'],
  'DELETE /invites/:id': ['delete', 'member'],
  'GET /sessions': ['read', 'session'],
  'DELETE /sessions/:id': ['delete', 'session'],
  'DELETE /sessions': ['delete', 'session'],
}
