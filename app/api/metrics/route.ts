import { serveMetrics } from '@/lib/serverless/runtime'

export const dynamic = 'force-dynamic'
export const GET = serveMetrics
