export type AdminError = { code: string; message: string; hint: string; param: string | null }
export type AdminResult<Data> = { ok: true; data: Data } | { ok: false; error: AdminError }

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Calls `/api/admin` + `path` as the signed-in member; never throws. `data` is undefined where the answer has no body. */
export async function callAdmin<Data = unknown>(
  method: Method,
  path: string,
  body?: unknown,
): Promise<AdminResult<Data>> {
  try {
    const response = await fetch(`/api/admin${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    const answer = isJson ? await response.json() : undefined
    if (response.ok) return { ok: true, data: answer }
    return { ok: false, error: { ...unreadable(`HTTP ${response.status}`), ...answer?.error } }
  } catch (error) {
    return { ok: false, error: unreadable(error instanceof Error ? error.message : String(error)) }
  }
}

/** For answers that are not ours: the network is down, or a proxy in front answered. */
function unreadable(message: string): AdminError {
  return { code: 'unreachable', message, hint: '', param: null }
}
