import { Agent, type Dispatcher } from 'undici'
import { publicLookup } from '@/lib/egress'

/** Connections to providers: kept alive, one request each at a time, TLS verified, private addresses refused. */
export function createUpstream(allowedOrigins: string[]): Dispatcher {
  return new Agent({
    pipelining: 1,
    keepAliveTimeout: 30_000,
    connect: { rejectUnauthorized: true, timeout: 10_000, lookup: publicLookup(allowedOrigins) },
  })
}
