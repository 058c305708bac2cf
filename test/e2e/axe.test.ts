/** Every page of the demo, as its owner sees it. */
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en } from '@/lib/i18n/messages/en'
import { zhCN } from '@/lib/i18n/messages/zh-cn'
import { launchBrowser } from '../support/browser'
import {
  accessibilityFindings,
  demoAccount,
  demoPages,
  overflow,
  scriptBytes,
  signIn,
} from '../support/portal'
import { type Running, startDemo } from '../support/system'

/** Compressed. */
const scriptLimit = 250 * 1024
/** What a page may take on a machine that is busy with the tests as well; alone it is far less. */
const answerLimitMs = 1500
const answers = 20

let demo: Running
let browser: Browser
let session: Awaited<ReturnType<BrowserContext['storageState']>>
let pages: [string, string][]

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([startDemo(), launchBrowser()])
  const context = await browser.newContext()
  const page = await context.newPage()
  await signIn(page, demo.address, await demoAccount(demo, 'owner'))
  session = await context.storageState()
  pages = Object.entries(await demoPages(page, demo.address))
  await context.close()
})

afterAll(async () => {
  await browser?.close()
  await demo?.stop()
  await demo?.clean()
})

/** Opens all pages, one after the other, and fails on whatever the browser complains about. */
async function visit(
  options: BrowserContextOptions,
  look: (page: Awaited<ReturnType<BrowserContext['newPage']>>, name: string) => Promise<void>,
) {
  const context = await browser.newContext({ storageState: session, ...options })
  const complaints: string[] = []
  for (const [name, path] of pages) {
    const page = await context.newPage()
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return
      if (name !== 'missing' || !message.text().includes('404')) complaints.push(`${name}: ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(`${name}: ${error}`))
    await page.goto(demo.address + path, { waitUntil: 'networkidle' })
    await look(page, name)
    await page.close()
  }
  await context.close()
  expect(complaints).toEqual([])
}

/** What is shown in place of a missing text is its name. */
const missingText = new RegExp(`(?<![\\w@./-])(${Object.keys(en).join('|')})\\.[a-zA-Z]+\\b`)

test.each([
  { colorScheme: 'light', locale: 'en-US', simulated: en.demo.text },
  { colorScheme: 'dark', locale: 'zh-CN', simulated: zhCN.demo.text },
] as const)(
  'in $colorScheme colours and $locale every page is accessible, whole and as wide as the screen',
  async ({ simulated, ...options }) => {
    const findings: string[] = []
    await visit(options, async (page, name) => {
      for (const finding of await accessibilityFindings(page)) findings.push(`${name}: ${finding}`)
      // biome-ignore lint/performance/useDomNodeTextContent: only what is shown, without scripts
      const text = await page.evaluate(() => document.body.innerText)
      if (!text.includes(simulated)) findings.push(`${name}: does not say that it is simulated`)
      const missing = missingText.exec(text)
      if (missing) findings.push(`${name}: has no text for ${missing[0]}`)
      await page.setViewportSize({ width: 390, height: 800 })
      const pixels = await overflow(page)
      if (pixels > 0) findings.push(`${name}: ${pixels} px wider than a phone`)
    })
    expect(findings).toEqual([])
  },
  300_000,
)

test('a page loads less than 250 KB of scripts and is answered quickly', async () => {
  const figures: Record<string, { kilobytes: number; p95: number }> = {}
  const cookie = session.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  // What opens over a page is part of that page.
  for (const [name, path] of pages.filter(([name]) => !/-(form|edit)$/.test(name))) {
    // A context of its own each, so that nothing comes from its cache.
    const context = await browser.newContext({ storageState: session })
    const page = await context.newPage()
    await page.goto(demo.address + path, { waitUntil: 'networkidle' })
    const bytes = await scriptBytes(page)
    await context.close()
    const times: number[] = []
    for (let index = 0; index < answers; index++) {
      const start = performance.now()
      await (await fetch(demo.address + path, { headers: { cookie }, redirect: 'manual' })).text()
      times.push(performance.now() - start)
    }
    times.sort((a, b) => a - b)
    figures[name] = {
      kilobytes: Math.round(bytes / 1024),
      p95: Math.round(times[Math.ceil(answers * 0.95) - 1] ?? 0),
    }
  }
  console.table(figures)
  const heavy = Object.entries(figures).filter(([, { kilobytes }]) => kilobytes * 1024 > scriptLimit)
  const slow = Object.entries(figures).filter(([, { p95 }]) => p95 > answerLimitMs)
  expect({ heavy, slow }).toEqual({ heavy: [], slow: [] })
}, 300_000)
