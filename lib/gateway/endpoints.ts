import { AkcpError } from '@/lib/errors'
import { hint } from './hints'

export type Endpoint = {
  name: string
  method: string
  path: string
  kind: 'models' | 'me' | 'generate'
  /** Whether streams take `stream_options.include_usage`. */
  streamOptions: boolean
  /** Whether answers have output tokens at all. */
  hasOutput: boolean
}

const endpoints: Endpoint[] = [
  { name: 'models', method: 'GET', path: '/models', kind: 'models', streamOptions: false, hasOutput: false },
  { name: 'me', method: 'GET', path: '/me', kind: 'me', streamOptions: false, hasOutput: false },
  {
    name: 'chat/completions',
    method: 'POST',
    path: '/chat/completions',
    kind: 'generate',
    streamOptions: true,
    hasOutput: true,
  },
  {
    name: 'embeddings',
    method: 'POST',
    path: '/embeddings',
    kind: 'generate',
    streamOptions: false,
    hasOutput: false,
  },
]
const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]))

/** Throws `route_not_found` and `method_not_allowed`; what cannot be metered is not served. */
export function endpointOf(method: string, path: string): Endpoint {
  const endpoint = byPath.get(path)
  if (!endpoint) {
    throw new AkcpError('route_not_found', `There is no ${path.slice(0, 100)} here.`, {
      hint: hint('served', {
        list: endpoints.map((known) => `${known.method} /api/v1${known.path}`).join(', '),
      }),
    })
  }
  if (endpoint.method !== method) {
    throw new AkcpError('method_not_allowed', `${endpoint.path} takes ${endpoint.method}, not ${method}.`, {
      hint: hint('sendMethod', { method: endpoint.method, path: endpoint.path }),
      headers: { allow: endpoint.method },
    })
  }
  return endpoint
}
