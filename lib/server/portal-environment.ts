import { type Env, readVariable } from '@/lib/env'

/** What programs need from the system. */
const systemVariables = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'TEMP', 'TMP'],
  ...['SystemRoot', 'windir', 'ComSpec', 'PATHEXT', 'APPDATA', 'LOCALAPPDATA', 'USERPROFILE'],
  ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
]

/** What the portal itself reads. Never the master key, a provider's key or a channel's secret. */
const ownVariables = [
  ...['NEXTAUTH_URL', 'AKCP_ADMIN_TOKEN', 'AKCP_ALLOW_PRIVATE_ORIGINS', 'TRUSTED_PROXIES', 'MAX_BODY_BYTES'],
  ...['REDIS_URL', 'UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN', 'LOG_LEVEL'],
  ...['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ALLOWED_DOMAINS'],
]

export type PortalSecrets = {
  databaseUrl: string
  pepper: Buffer
  sessionSecret: string
  frontSecret: string
}

/** The whole environment of the portal process: an allow-list, so that nothing else of ours gets there. */
export function portalEnvironment(env: Env, publicPort: number, secrets: PortalSecrets): NodeJS.ProcessEnv {
  const passed = [...systemVariables, ...ownVariables].map((name) => [name, readVariable(name)])
  return {
    ...Object.fromEntries(passed.filter(([, value]) => value !== undefined)),
    NODE_ENV: 'production',
    ROLE: 'portal',
    HOST: env.HOST,
    HOSTNAME: '127.0.0.1',
    DATABASE_URL: secrets.databaseUrl,
    AKCP_APP_KEY_PEPPER: secrets.pepper.toString('base64'),
    NEXTAUTH_SECRET: secrets.sessionSecret,
    ...(env.NEXTAUTH_URL ? {} : { AUTH_TRUST_HOST: '1' }),
    PORTAL_FRONT_SECRET: secrets.frontSecret,
    PORTAL_PUBLIC_PORT: String(publicPort),
    NEXT_TELEMETRY_DISABLED: '1',
    // Next would otherwise read .env, with the master key in it.
    __NEXT_PROCESSED_ENV: 'true',
  }
}
