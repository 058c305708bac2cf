/** What providers say that a key's account has left, each in its own currency. */
import type { Dispatcher } from 'undici'
import type { BalanceSource } from '@/drizzle/schema'
import { decimal } from '@/lib/exchange-rates'
import { ask } from './ask'
import { find } from './probe'

export type Money = { amount: string; currency: string }

/** `read` returns a text where the answer holds no balance: why. */
type Reader = { path: string; read(answer: unknown): Money[] | string }

/**
 * By origin, which also tells the currency: vendors have a house for mainland China and one for elsewhere.
 * https://api-docs.deepseek.com/api/get-user-balance · https://platform.moonshot.cn/docs/api/balance ·
 * https://docs.siliconflow.cn/cn/api-reference/userinfo/get-user-info ·
 * https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key
 */
const known: Record<string, Reader> = {
  'https://api.deepseek.com': { path: '/user/balance', read: deepSeekBalances },
  'https://api.moonshot.cn': at('/v1/users/me/balance', '/data/available_balance', 'CNY'),
  'https://api.moonshot.ai': at('/v1/users/me/balance', '/data/available_balance', 'USD'),
  'https://api.siliconflow.cn': at('/v1/user/info', '/data/totalBalance', 'CNY'),
  'https://api.siliconflow.com': at('/v1/user/info', '/data/totalBalance', 'USD'),
  'https://openrouter.ai': { path: '/api/v1/key', read: openRouterLimit },
}

/** How the balance of a provider's keys is read; null when there is no way but typing it in. */
export function balanceReader(provider: { baseUrl: string; balance: BalanceSource | null }): Reader | null {
  const { balance } = provider
  if (balance) return at(balance.path, balance.pointer, balance.currency)
  return known[new URL(provider.baseUrl).origin] ?? null
}

export type BalanceTarget = { origin: string; headers: Record<string, string>; secret: string }

/** Never empty; an error without the secret otherwise. */
export async function readBalance(
  upstream: Dispatcher,
  reader: Reader,
  { origin, ...target }: BalanceTarget,
): Promise<{ balances: Money[] } | { error: string }> {
  const finding = await find(target.secret, () => ask(upstream, origin + reader.path, target))
  if (!finding.ok) {
    const status = finding.status === null ? finding.class : `HTTP ${finding.status}`
    return { error: `${status}: ${finding.error || 'no reason given'}` }
  }
  const balances = reader.read(parse(finding.body))
  if (typeof balances === 'string') return { error: balances }
  return balances.length > 0 ? { balances } : { error: 'the answer names no balance' }
}

function at(path: string, pointer: string, currency: string): Reader {
  return {
    path,
    read(answer) {
      const amount = amountOf(valueAt(answer, pointer))
      return amount === null ? `there is no number at ${pointer} of the answer` : [{ amount, currency }]
    },
  }
}

/** One entry for each currency that the account was ever topped up in. */
function deepSeekBalances(answer: unknown): Money[] | string {
  const entries = valueAt(answer, '/balance_infos')
  if (!Array.isArray(entries)) return 'there is no list at /balance_infos of the answer'
  return entries.flatMap((entry) => {
    const amount = amountOf(valueAt(entry, '/total_balance'))
    const currency = valueAt(entry, '/currency')
    return amount !== null && typeof currency === 'string' ? [{ amount, currency }] : []
  })
}

/** An ordinary key may ask for its own limit only, not for the credits of its account. */
function openRouterLimit(answer: unknown): Money[] | string {
  const amount = amountOf(valueAt(answer, '/data/limit_remaining'))
  if (amount !== null) return [{ amount, currency: 'USD' }]
  return 'this key has no credit limit: set one at OpenRouter, or type the balance in'
}

/** RFC 6901. */
export function valueAt(document: unknown, pointer: string): unknown {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string, unknown>)[step]
        : undefined,
    document,
  )
}

function amountOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return decimal(value)
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,18})?$/.test(value) ? value : null
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
