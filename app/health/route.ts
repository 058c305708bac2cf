import { serveHealth } from '@/lib/serverless/runtime'

export const dynamic = 'force-dynamic'
export const GET = serveHealth
