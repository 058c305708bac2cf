import type { NextConfig } from 'next'
import createNextIntlPlugin from 'next-intl/plugin'
import { contentSecurityPolicy } from './lib/content-security-policy'

const development = process.env.NODE_ENV === 'development'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  typedRoutes: true,
  // Type errors fail `npm run typecheck`; the TypeScript 7 compiler has no API for Next's own check.
  typescript: { ignoreBuildErrors: true },
  images: { unoptimized: true },
  serverExternalPackages: ['@node-rs/argon2', 'pino', 'postgres', 'undici'],
  // Next would write files of its own into the folder and ask the network for newer versions.
  agentRules: false,
  experimental: { agentUpgrade: false },
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'X-Content-Type-Options', value: 'nosniff' },
        { key: 'X-Frame-Options', value: 'DENY' },
        { key: 'Referrer-Policy', value: 'same-origin' },
        { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=(), payment=(), usb=()' },
      ],
    },
    {
      source: '/((?!api/).*)',
      headers: [{ key: 'Content-Security-Policy', value: contentSecurityPolicy({ development }) }],
    },
  ],
}

export default createNextIntlPlugin('./lib/i18n/request.ts')(config)
