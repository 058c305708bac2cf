/**
 * Takes every page at two widths, light and dark, in English and Chinese, into test/e2e/pictures/: those of the demo
 * as its owner sees them, those that need nobody signed in, and those of a system with nothing in it yet (`empty-…`).
 * Look at them before you show a change.
 */
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { type Account, demoAccount, demoPages, overflow, setupLink, signIn } from '../support/portal'
import { type Running, startDemo, startSystem } from '../support/system'

const folder = fileURLToPath(new URL('pictures/', import.meta.url))
const publicPages = { start: '/', 'sign-in': '/sign-in', 'invite-without-link': '/invite' }
const emptyPages = {
  'empty-overview': '/overview',
  'empty-keys': '/keys',
  'empty-pools': '/pools',
  'empty-models': '/pools/models',
  'empty-prices': '/pools/prices',
  'empty-providers': '/pools/providers',
  'empty-apps': '/apps',
  'empty-alerts': '/alerts',
  'empty-channels': '/alerts/channels',
  'empty-policies': '/settings/policies',
  'empty-usage': '/usage',
  'empty-requests': '/usage/requests',
}
const owner = { email: 'owner@example.com', password: 'correct horse battery' }

type Pages = Record<string, string>
type Visit = { address: string; pages: Pages; session?: Awaited<ReturnType<BrowserContext['storageState']>> }

let browser: Browser
const systems: Running[] = []
const visits: Visit[] = []

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  browser = await launchBrowser()
  const demo = await startDemo()
  const empty = await startSystem({ AKCP_OWNER_EMAIL: owner.email, AKCP_OWNER_PASSWORD: owner.password })
  const unowned = await startSystem()
  systems.push(demo, empty, unowned)
  const setup = { setup: (await setupLink(unowned)).slice(unowned.address.length) }
  const session = await sessionOf(demo, await demoAccount(demo, 'owner'))
  const context = await browser.newContext({ storageState: session })
  const memberPages = await demoPages(await context.newPage(), demo.address)
  await context.close()
  visits.push(
    { address: demo.address, pages: publicPages },
    { address: demo.address, pages: memberPages, session },
    { address: empty.address, pages: emptyPages, session: await sessionOf(empty, owner) },
    { address: unowned.address, pages: setup },
  )
})

afterAll(async () => {
  await browser?.close()
  for (const system of systems) {
    await system.stop()
    await system.clean()
  }
})

async function sessionOf({ address }: Running, account: Account) {
  const context = await browser.newContext()
  await signIn(await context.newPage(), address, account)
  const session = await context.storageState()
  await context.close()
  return session
}

test.each(
  ['en', 'zh-CN'].flatMap((locale) =>
    (['light', 'dark'] as const).flatMap((colorScheme) =>
      [1280, 390].map((width) => ({ locale, colorScheme, width })),
    ),
  ),
)('$locale, $colorScheme, $width px wide', async ({ locale, colorScheme, width }) => {
  const wide: string[] = []
  for (const { address, pages, session } of visits) {
    const viewport = { width, height: 800 }
    const context = await browser.newContext({ locale, colorScheme, viewport, storageState: session })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(address + path, { waitUntil: 'networkidle' })
      if ((await overflow(page)) > 0) wide.push(path)
      await page.screenshot({
        path: `${folder}${name}-${locale}-${colorScheme}-${width}.png`,
        fullPage: true,
      })
    }
    await context.close()
  }
  expect(wide, 'wider than the window').toEqual([])
})
