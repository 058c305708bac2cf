/** The forms of well-known vendors' keys. */
const keyForms = /\b(?:sk|pk|rk|gsk|xai|key|akcp)[-_][A-Za-z0-9_-]{12,}|\bAIza[A-Za-z0-9_-]{20,}/g

/** A provider's message without the secret it was called with, which vendors like to repeat, or anything like one. */
export function redact(message: string, secret: string | null): string {
  const own = secret ? message.replaceAll(secret, '[key]') : message
  return own.replace(keyForms, '[key]')
}
