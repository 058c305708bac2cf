/**
 * Takes every page at two widths, light and dark, in English and Chinese, into test/e2e/pictures/. Look at them before
 * you show a change.
 */
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { type Running, startSystem } from '../support/system'

const folder = fileURLToPath(new URL('pictures/', import.meta.url))
const pages = {
  start: '/',
  setup: '/setup?token=example',
  'setup-without-link': '/setup',
  missing: '/missing',
}

let system: Running
let browser: Browser

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  system = await startSystem()
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await system?.stop()
  await system?.clean()
})

test.each(
  ['en', 'zh-CN'].flatMap((locale) =>
    (['light', 'dark'] as const).flatMap((colorScheme) =>
      [1280, 390].map((width) => ({ locale, colorScheme, width })),
    ),
  ),
)('$locale, $colorScheme, $width px wide', async ({ locale, colorScheme, width }) => {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: 800 } })
  const page = await context.newPage()
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(system.address + path, { waitUntil: 'networkidle' })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow, `${path} is wider than the window`).toBeLessThanOrEqual(0)
    await page.screenshot({ path: `${folder}${name}-${locale}-${colorScheme}-${width}.png`, fullPage: true })
  }
  await context.close()
})
