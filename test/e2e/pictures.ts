/**
 * Takes every page at two widths, light and dark, in English and Chinese, into test/e2e/pictures/: those of the demo
 * as its owner sees them, and those that need nobody signed in. Look at them before you show a change.
 */
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { demoAccount, demoPages, overflow, signIn } from '../support/portal'
import { type Running, startDemo } from '../support/system'

const folder = fileURLToPath(new URL('pictures/', import.meta.url))
const publicPages = {
  start: '/',
  'sign-in': '/sign-in',
  'setup-without-link': '/setup',
  'invite-without-link': '/invite',
}

let demo: Running
let browser: Browser
let session: Awaited<ReturnType<BrowserContext['storageState']>>
let memberPages: Record<string, string>

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  ;[demo, browser] = await Promise.all([startDemo(), launchBrowser()])
  const context = await browser.newContext()
  const page = await context.newPage()
  await signIn(page, demo.address, await demoAccount(demo, 'owner'))
  session = await context.storageState()
  memberPages = await demoPages(page, demo.address)
  await context.close()
})

afterAll(async () => {
  await browser?.close()
  await demo?.stop()
  await demo?.clean()
})

test.each(
  ['en', 'zh-CN'].flatMap((locale) =>
    (['light', 'dark'] as const).flatMap((colorScheme) =>
      [1280, 390].map((width) => ({ locale, colorScheme, width })),
    ),
  ),
)('$locale, $colorScheme, $width px wide', async ({ locale, colorScheme, width }) => {
  const wide: string[] = []
  for (const [pages, storageState] of [
    [publicPages, undefined],
    [memberPages, session],
  ] as const) {
    const viewport = { width, height: 800 }
    const context = await browser.newContext({ locale, colorScheme, viewport, storageState })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(demo.address + path, { waitUntil: 'networkidle' })
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
