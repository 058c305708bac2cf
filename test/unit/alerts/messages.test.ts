import { Agent } from 'undici'
import { describe, expect, test } from 'vitest'
import { checkChannelUrl, urlHint } from '@/lib/alerts/channels/address'
import { bodyBytesMax, escapeMarkdown, sendFeishu, signature } from '@/lib/alerts/channels/feishu'
import { webhookSignature } from '@/lib/alerts/channels/webhook'
import { dueDigests } from '@/lib/alerts/digest'
import { compose, type Message } from '@/lib/alerts/message'
import type { DigestPayload } from '@/lib/alerts/payload'
import { settings } from '@/lib/schemas/settings'

test('the signature of a Feishu bot is the documented one', () => {
  const expected = { timestamp: '1599360473', sign: '3/MaVZ8JLIy4TUG+7KSFJqvUkTKd+HWY8g+56DZWq8s=' }
  expect(signature('demo-secret', 1_599_360_473_999)).toEqual(expected)
})

test('the signature of a webhook is that of Standard Webhooks', () => {
  // From the specification's own example.
  const secret = 'whsec_plJ3nmyCDGBKInavdOK15jsl'
  const body = '{"event_type":"ping","data":{"success":true}}'
  const signed = webhookSignature(secret, 'msg_loFOjxBNrRLzqYUf', '1731705121', body)
  expect(signed).toBe('v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=')
})

test('texts of others are no links, mentions or formats', () => {
  const text = escapeMarkdown('<at user_id="all"> [x](https://evil.example) **bold** `code` # &amp;')
  expect(text).not.toMatch(/[<>*[\]()`]/)
})

describe('a message', () => {
  const sent: string[] = []
  const http = new Agent().compose(() => (options, handler) => {
    sent.push(String(options.body))
    throw Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED', handler })
  })
  const message = (count: number, length: number): Message => ({
    id: 'm',
    title: 'x'.repeat(1000),
    tone: 'critical',
    sections: Array.from({ length: count }, (_, n) => ({
      title: `告警 ${n}`,
      lines: ['密'.repeat(length), '<&>'.repeat(length)],
      button: { text: '去处理', url: 'https://akcp.example/keys/1' },
    })),
    more: { text: (left) => `还有 ${left} 条`, url: 'https://akcp.example/alerts' },
    alerts: [],
  })

  test.each([
    [1, 10],
    [300, 10],
    [20, 1000],
    [1, 100_000],
    [0, 0],
  ])('of %d sections with lines of %d fits, as card and as text', async (count, length) => {
    for (const plain of [false, true]) {
      sent.length = 0
      const bot = { url: 'https://open.feishu.cn/open-apis/bot/v2/hook/x', secret: 's' }
      const outcome = await sendFeishu(http, bot, message(count, length), { plain, now: 0 })
      expect(outcome.result).toBe('retry')
      expect(Buffer.byteLength(sent[0] ?? '')).toBeLessThanOrEqual(bodyBytesMax + 512)
      const shown = (sent[0]?.match(/去处理|keys\/1/g) ?? []).length
      if (count > 100) expect(sent[0]).toContain(`还有 ${count - shown / (plain ? 1 : 2)} 条`)
    }
  })
})

test('addresses are shown by host and end only', () => {
  expect(urlHint('https://open.feishu.cn/open-apis/bot/v2/hook/0123-abcd')).toBe('open.feishu.cn/…abcd')
  expect(urlHint('https://x.example/short')).toBe('x.example/…')
})

test.each([
  ['feishu', 'https://open.feishu.cn/open-apis/bot/v2/hook/x', true],
  ['feishu', 'https://open.larksuite.com/open-apis/bot/v2/hook/x', true],
  ['feishu', 'https://open.feishu.cn.evil.example/hook', false],
  ['feishu', 'https://open.feishu.cn/hook?x=1', false],
  ['webhook', 'https://hooks.example.com/x?token=1', true],
  ['webhook', 'https://169.254.169.254/latest', false],
  ['webhook', 'ftp://hooks.example.com', false],
] as const)('%s at %s: %s', (kind, url, allowed) => {
  expect(checkChannelUrl(kind, url, []) === null).toBe(allowed)
})

describe('digests', () => {
  const organisation = settings.parse({ time_zone: 'Asia/Shanghai' })
  const at = (time: string, given: object = {}) =>
    dueDigests({ ...organisation, ...given }, Date.parse(time), 10_000).map(
      ({ period, range }) => `${period} ${range.from.toISOString()} ${range.to.toISOString()}`,
    )

  test('are due from nine on, a little later than the hour, and on Mondays the week’s too', () => {
    expect(at('2026-03-15T01:00:09Z')).toEqual([])
    expect(at('2026-03-15T01:00:10Z')).toEqual(['daily 2026-03-13T16:00:00.000Z 2026-03-14T16:00:00.000Z'])
    expect(at('2026-03-16T05:00:00Z')).toEqual([
      'daily 2026-03-14T16:00:00.000Z 2026-03-15T16:00:00.000Z',
      'weekly 2026-03-08T16:00:00.000Z 2026-03-15T16:00:00.000Z',
    ])
    expect(at('2026-03-16T05:00:00Z', { digest_daily: false, digest_weekly: false })).toEqual([])
  })

  test('say what was spent, what rose and which keys need care', () => {
    const digest: DigestPayload = {
      kind: 'digest',
      period: 'daily',
      from: '2026-03-13T16:00:00.000Z',
      to: '2026-03-14T16:00:00.000Z',
      calls: 1000,
      failed: 12,
      usd: 15,
      before_usd: 10,
      probe_usd: 0.03,
      apps: [{ name: 'checkout', usd: 12, before_usd: 4 }],
      budgets: [
        { scope: 'app', name: 'checkout', period: 'month', spent_usd: 80, limit_usd: 100, share: 0.8 },
      ],
      keys: [{ name: 'main', why: ['down auth', 'expires'] }],
      open_alerts: 2,
    }
    const text = (language: 'en' | 'zh') => {
      const message = compose('m', [digest], { language, timeZone: 'Asia/Shanghai', portalUrl: null })
      return [message.title, ...message.sections.flatMap(({ title, lines }) => [title, ...lines])].join('\n')
    }
    expect(text('en')).toBe(
      [
        'AKCP on 2026-03-14',
        'Spend',
        '$15 (+50% against the period before), 1000 calls, 1.2% failed',
        'Apps: checkout $12',
        'Probes this month: $0.03',
        'Open alerts: 2',
        'What rose',
        'checkout: $4 → $12',
        'Budgets',
        'checkout (month): $80 / $100, 80%',
        'Keys that need care',
        'main: down (auth), expires within a week',
      ].join('\n'),
    )
    expect(text('zh')).toContain('AKCP 日报 2026-03-14')
    expect(text('zh')).toContain('main：不可用（auth）、一周内到期')
  })
})
