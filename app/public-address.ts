import { headers } from 'next/headers'
import { env } from '@/lib/env'
import { publicOrigin } from '@/lib/public-origin'

/** Where callers reach this installation, such as `https://akcp.example.com`. */
export async function publicAddress(): Promise<string> {
  return publicOrigin(await headers(), env())
}
