/** Where channels may send. */
import { checkOrigin } from '@/lib/egress'
import { feishuHosts } from './feishu'

/** Why messages may not go to `url`, or null. A webhook's address may carry a query, in which some keep a token. */
export function checkChannelUrl(kind: 'feishu' | 'webhook', url: string, allowed: string[]): string | null {
  if (!URL.canParse(url)) return 'not an address; expected one like https://example.com/hooks/…'
  const address = new URL(url)
  if (kind === 'webhook') address.search = ''
  const refused = checkOrigin(address.href, allowed)
  if (refused || kind === 'webhook') return refused
  const { hostname, host } = address
  if (feishuHosts.includes(hostname) || allowed.includes(hostname) || allowed.includes(host)) return null
  return `a Feishu or Lark bot is at ${feishuHosts.join(' or ')}`
}

/** What people may see of an address: its host and, where there are enough, its last four characters. */
export function urlHint(url: string): string {
  const { host, pathname, search } = new URL(url)
  const rest = `${pathname}${search}`
  return rest.length >= 16 ? `${host}/…${rest.slice(-4)}` : `${host}/…`
}
