import { createHash } from 'node:crypto'
import type { JsonBody } from './body'

/**
 * What stays the same while a conversation grows: everything up to its first user message. Calls with the same prefix
 * find the provider's prompt cache at the key that served the last one. Null where there are no messages.
 */
export function conversationOf({ value }: JsonBody): string | null {
  const { messages } = value
  if (!Array.isArray(messages) || messages.length === 0) return null
  const first = messages.findIndex((message) => message?.role === 'user')
  const prefix = messages.slice(0, first < 0 ? 1 : first + 1)
  return createHash('md5').update(JSON.stringify(prefix)).digest('base64')
}
