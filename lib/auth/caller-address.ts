import type { Env } from '@/lib/env'
import { sameText } from './same-text'

/**
 * Who called, as an address: the last one in `X-Forwarded-For`, which our front, or the platform where there is none,
 * writes. Empty for a request that came around the front.
 */
export function callerAddress(headers: Headers, { PORTAL_FRONT_SECRET }: Env): string {
  const throughFront =
    PORTAL_FRONT_SECRET === undefined || sameText(headers.get('x-akcp-front') ?? '', PORTAL_FRONT_SECRET)
  return (throughFront && headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()) || ''
}
