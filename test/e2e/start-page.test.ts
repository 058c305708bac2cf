import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { launchBrowser } from '../support/browser'
import { type Running, startSystem } from '../support/system'

const adminToken = 'admin-token-of-the-start-page-test'
const owner = { name: 'Lin Yi', email: 'lin@example.com', password: 'correct horse battery' }

let system: Running
let browser: Browser
/** What the browser complained about; every test must leave it empty. */
const complaints: string[] = []

beforeAll(async () => {
  ;[system, browser] = await Promise.all([startSystem({ AKCP_ADMIN_TOKEN: adminToken }), launchBrowser()])
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  expect(complaints.splice(0)).toEqual([])
})

afterAll(async () => {
  await browser?.close()
  await system?.stop()
  await system?.clean()
})

async function open(path: string, options: BrowserContextOptions = { locale: 'en-US' }): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(system.address + path)
  return page
}

/** The address that the start printed. */
async function setupLink() {
  const link = () => /http:\S+(\/setup\?token=\S+)/.exec(system.output())?.[1]
  await vi.waitUntil(link, { timeout: 10_000 })
  return link() ?? ''
}

async function seriousFindings(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

test('the start page speaks the language of the browser, and the chosen one from then on', async () => {
  const page = await open('/', { locale: 'zh-CN' })
  await expect.poll(() => page.title()).toBe('AI 密钥控制台')
  expect(await page.getAttribute('html', 'lang')).toBe('zh-CN')
  await page.getByRole('link', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'One portal for your AI keys' }).waitFor()
  await page.reload()
  expect(await page.getAttribute('html', 'lang')).toBe('en')
})

test('the start page shows the gateway under the address that the browser called', async () => {
  const page = await open('/')
  await page.getByText(`${system.address}/api/v1`, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Copy' }).first().waitFor()
})

test('the commands on the start page add a key, an app and an app key', async () => {
  const page = await open('/')
  const commands = (await page.locator('pre').allTextContents()).filter((text) =>
    text.includes('/api/admin/'),
  )
  let appId = ''
  let last: Record<string, unknown> = {}
  for (const command of commands) {
    const [, url = '', body = ''] = /curl (\S+)[\s\S]* -d '([\s\S]*)'/.exec(command) ?? []
    const response = await fetch(url.replace('$APP_ID', appId), {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body,
    })
    last = await response.json()
    expect(response.status, `${command}\n${JSON.stringify(last)}`).toBe(201)
    if (url.endsWith('/apps')) appId = String(last.id)
  }
  expect(last.raw_key).toMatch(/^akcp_/)
})

test('a chosen appearance outlives the page', async () => {
  const page = await open('/', { locale: 'en-US', colorScheme: 'light' })
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  await page.getByRole('link', { name: 'Dark' }).click()
  await page.locator('html[data-theme=dark]').waitFor()
  expect(await background()).not.toBe(light)
  await page.goto(`${system.address}/setup`)
  expect(await page.getAttribute('html', 'data-theme')).toBe('dark')
})

test.each(['light', 'dark'] as const)(
  'in %s colours no page has a serious accessibility finding',
  async (colorScheme) => {
    for (const path of ['/', '/setup', await setupLink()]) {
      const page = await open(path, { locale: 'zh-CN', colorScheme })
      expect(await seriousFindings(page), path).toEqual([])
    }
  },
)

test('pages run only scripts that carry the nonce of their request', async () => {
  const page = await open('/')
  const policy = (await page.reload())?.headers()['content-security-policy']
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic';/)
  const blocked = await page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective))
        document.body.insertAdjacentHTML('beforeend', '<button id="trap" onclick="window.injected = true">')
        document.getElementById('trap')?.click()
      }),
  )
  expect(blocked).toBe('script-src-attr')
  expect(await page.evaluate(() => 'injected' in window)).toBe(false)
  expect(complaints.splice(0)).toHaveLength(1)
})

test('the printed link makes the first owner, once', async () => {
  const link = await setupLink()
  const page = await open(link)
  await page.getByLabel('Name').fill(owner.name)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password', { exact: true }).fill(owner.password)
  await page.getByLabel('Password again').fill('something else entirely')
  await page.getByRole('button', { name: 'Create the owner' }).click()
  await page.getByText('The two passwords are not the same.').waitFor()

  await page.getByLabel('Password again').fill(owner.password)
  await page.getByRole('button', { name: 'Create the owner' }).click()
  await page.waitForURL(`${system.address}/overview`)

  const gone = await page.goto(system.address + link)
  expect(gone?.status()).toBe(404)
  expect(complaints.splice(0)).toEqual([expect.stringContaining('404')])
  const again = await fetch(`${system.address}/api/admin/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...owner, token: link.split('token=')[1] }),
  })
  expect(again.status).toBe(404)
})

test('a page that does not exist says so', async () => {
  const page = await open('/no-such-page')
  await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor()
  expect(complaints.splice(0)).toEqual([expect.stringContaining('404')])
})
