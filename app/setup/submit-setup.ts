export type SetupResult =
  | { state: 'done'; email: string }
  | { state: 'expired' }
  | { state: 'refused'; message: string }
  | { state: 'failed' }

/** `POST /api/admin/setup`, read into the states that the form can show. */
export async function submitSetup(details: {
  token: string
  name: string
  email: string
  password: string
}): Promise<SetupResult> {
  try {
    const response = await fetch('/api/admin/setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(details),
    })
    if (response.status === 201) return { state: 'done', email: details.email }
    if (response.status === 403 || response.status === 409) return { state: 'expired' }
    if (response.status >= 500) return { state: 'failed' }
    return { state: 'refused', message: messageOf(await response.json()) }
  } catch {
    return { state: 'failed' }
  }
}

/** The text of `{"error": {"message", "hint"}}`. */
function messageOf(body: { error?: { message?: string; hint?: string } }) {
  return [body.error?.message, body.error?.hint].filter(Boolean).join(' ')
}
