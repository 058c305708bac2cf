/** The portal as a person sees it, for the tests in a browser. */
import { AxeBuilder } from '@axe-core/playwright'
import { createTranslator } from 'next-intl'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { vi } from 'vitest'
import { en } from '@/lib/i18n/messages/en'
import { zhCN } from '@/lib/i18n/messages/zh-cn'
import type { Running } from './system'

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

/** The portal's own words, so that a test finds what a person finds, in either language. */
export function words(locale: Language) {
  return createTranslator({ locale, messages: { en, 'zh-CN': zhCN }[locale] })
}

/** A page of a browser of its own; what the browser complains about is added to `complaints`. */
export async function openPage(
  browser: Browser,
  complaints: string[],
  options: BrowserContextOptions,
): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error}`))
  return page
}

/** The address that the start printed for the first owner. */
export async function setupLink({ output }: Running): Promise<string> {
  const printed = () => /(http:\S+\/setup\?token=\S+)/.exec(output())?.[1]
  await vi.waitUntil(printed, { timeout: 10_000 })
  return printed() ?? ''
}

export type Account = { email: string; password: string }

/** Fills in the sign-in form, in whatever language it is, and waits for the page after it. */
export async function signIn(page: Page, address: string, { email, password }: Account): Promise<void> {
  await page.goto(`${address}/sign-in`)
  const t = words((await page.getAttribute('html', 'lang')) === 'zh-CN' ? 'zh-CN' : 'en')
  await page.getByLabel(t('signIn.email'), { exact: true }).fill(email)
  await page.getByLabel(t('signIn.password'), { exact: true }).fill(password)
  await page.getByRole('button', { name: t('signIn.submit'), exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

/** A role's account of a running demo, from what it printed. */
export async function demoAccount({ output }: Running, role: string): Promise<Account> {
  const printed = () => /password for all of them: (\S+)\n/.exec(output())?.[1]
  await vi.waitUntil(printed, { timeout: 10_000 })
  return { email: `${role}@demo.example`, password: printed() ?? '' }
}

/**
 * Every page that the owner of a demo can open, by a name for its picture. Ids are those of the first row that links
 * to such a page.
 */
export async function demoPages(page: Page, address: string): Promise<Record<string, string>> {
  // Alerts are there only some seconds after the start.
  const first = (list: string, detail: RegExp) =>
    vi.waitUntil(
      async () => {
        await page.goto(address + list, { waitUntil: 'networkidle' })
        const links = page.locator('main a')
        const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))
        return hrefs.find((href) => href && detail.test(href))
      },
      { timeout: 60_000, interval: 1000 },
    )
  const id = '[0-9a-f]{8}-[0-9a-f-]{27}'
  const key = await first('/keys', new RegExp(`^/keys/${id}$`))
  const app = await first('/apps', new RegExp(`^/apps/${id}$`))
  const request = await first('/usage/requests', new RegExp(`^/usage/requests/${id}$`))
  const alert = await first('/alerts?state=all', new RegExp(`^/alerts/${id}$`))
  return {
    overview: '/overview',
    keys: '/keys',
    'keys-chart': `/keys?key=${key.split('/')[2]}&chart=24h`,
    'keys-no-match': '/keys?q=nothing-has-this-name',
    key,
    pools: '/pools',
    models: '/pools/models',
    prices: '/pools/prices',
    providers: '/pools/providers',
    apps: '/apps',
    app,
    usage: '/usage',
    'usage-by-model': '/usage?range=30d&by=model',
    requests: '/usage/requests',
    request,
    alerts: '/alerts',
    'alerts-past': '/alerts?state=all',
    'alerts-no-match': '/alerts?state=all&kind=ttft&severity=info',
    alert,
    channels: '/alerts/channels',
    rules: '/alerts/rules',
    settings: '/settings',
    members: '/settings/members',
    policies: '/settings/policies',
    organisation: '/settings/organisation',
    jobs: '/settings/jobs',
    missing: '/no-such-page',
    ...forms(key, app),
  }
}

/** Everything that opens over a page and has an address. */
function forms(key: string, app: string): Record<string, string> {
  return {
    'key-form': '/keys?add=1',
    'key-edit': `${key}?edit=1`,
    'pool-form': '/pools?edit=new',
    'route-form': '/pools/models?edit=new',
    'price-form': '/pools/prices?set=new',
    'provider-form': '/pools/providers?edit=new',
    'app-form': '/apps?add=1',
    'app-edit': `${app}?edit=1`,
    'issue-form': `${app}?issue=1`,
    'key-balance-form': `${key}?balance=1`,
    'key-checks-form': `${key}?checks=1`,
    'channel-form': '/alerts/channels?edit=new',
    'rule-form': '/alerts/rules?edit=new',
    'policy-form': '/settings/policies?edit=new',
    'policy-edit': '/settings/policies?edit=tenant/globex',
  }
}

/** On an app's page with the form to issue a key open: issues one and returns what is shown this once. */
export async function issueAppKey(page: Page, locale: Language, name: string): Promise<string> {
  const t = words(locale)
  const form = page.getByRole('dialog')
  await form.getByLabel(t('issueKey.name'), { exact: true }).fill(name)
  await form.getByRole('button', { name: t('issueKey.issue'), exact: true }).click()
  const shown = page.getByRole('dialog', { name: t('rawKey.title', { name }) })
  await shown.getByText(t('rawKey.once')).waitFor()
  const rawKey = await shown.getByText(/^akcp_\w+$/).textContent()
  await shown.getByRole('button', { name: t('rawKey.done'), exact: true }).click()
  await shown.waitFor({ state: 'detached' })
  return rawKey?.trim() ?? ''
}

/** What axe complains about, minor or not. */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** By how many pixels the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}

/** Compressed bytes of all scripts that the page has loaded. */
export async function scriptBytes(page: Page): Promise<number> {
  return await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
  )
}
