/**
 * What portal pages may load. With a nonce, inline scripts need it: Next writes it into its own when the request
 * carries this very header, so whoever stands in front of Next sets it on the request and on the answer.
 * Without one (Next alone has nobody to make it) inline scripts have to be allowed, since Next starts pages with them.
 */
export function contentSecurityPolicy({
  nonce,
  development = false,
}: {
  nonce?: string
  development?: boolean
} = {}): string {
  const scripts = nonce ? `'nonce-${nonce}' 'strict-dynamic'` : "'unsafe-inline'"
  return [
    "default-src 'self'",
    `script-src 'self' ${scripts}${development ? " 'unsafe-eval'" : ''}`,
    `style-src 'self'${development ? " 'unsafe-inline'" : ''}`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
