import { headers } from 'next/headers'
import { env } from '@/lib/env'

/** Where callers reach this installation, such as `https://akcp.example.com`; `request.url` names the process behind the front. */
export async function publicAddress(): Promise<string> {
  const configured = env().NEXTAUTH_URL
  if (configured) return new URL(configured).origin
  const received = await headers()
  const protocol = received.get('x-forwarded-proto') === 'https' ? 'https' : 'http'
  const address = `${protocol}://${received.get('x-forwarded-host') ?? received.get('host')}`
  return URL.canParse(address) ? new URL(address).origin : ''
}
