/** Beginning and ending a session from the browser: the portal's only calls that are not to the admin API. */

export type SignInResult =
  | { state: 'signed-in' }
  | { state: 'wrong' }
  | { state: 'limited'; seconds: number }
  | { state: 'failed' }

export async function signIn(email: string, password: string): Promise<SignInResult> {
  try {
    const response = await post('callback/credentials', { email, password })
    if (response.status === 401) return { state: 'wrong' }
    if (response.status === 429) {
      return { state: 'limited', seconds: Number(response.headers.get('retry-after')) || 60 }
    }
    if (!response.ok) return { state: 'failed' }
    // A form whose token does not match its cookie is sent back to the sign-in page, with status 200.
    const { url } = await response.json()
    return new URL(url).searchParams.has('csrf') ? { state: 'failed' } : { state: 'signed-in' }
  } catch {
    return { state: 'failed' }
  }
}

/** Ends the session on the server and goes to the sign-in page. False when the server could not be reached. */
export async function signOut(): Promise<boolean> {
  try {
    const response = await post('signout', {})
    if (!response.ok) return false
    window.location.assign('/sign-in')
    return true
  } catch {
    return false
  }
}

async function post(path: string, fields: Record<string, string>): Promise<Response> {
  const form = await fetch('/api/auth/csrf', { cache: 'no-store' })
  const { csrfToken } = await form.json()
  return await fetch(`/api/auth/${path}`, {
    method: 'POST',
    body: new URLSearchParams({ ...fields, csrfToken, callbackUrl: '/', json: 'true' }),
  })
}
