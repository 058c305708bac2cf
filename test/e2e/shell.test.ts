/** The frame around every page, by keyboard alone where people work by keyboard: navigation, preferences, stop button. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { openPage, signIn, words } from '../support/portal'
import { type Running, startSystem } from '../support/system'

const adminToken = 'admin-token-of-the-shell-test'
const owner = { email: 'lin@example.com', password: 'correct horse battery' }
const t = words('en')

let system: Running
let browser: Browser
/** What the browser complained about; every test must leave it empty. */
const complaints: string[] = []

beforeAll(async () => {
  const variables = {
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_OWNER_EMAIL: owner.email,
    AKCP_OWNER_PASSWORD: owner.password,
  }
  ;[system, browser] = await Promise.all([startSystem(variables), launchBrowser()])
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

async function openPortal(width = 1280): Promise<Page> {
  const viewport = { width, height: 800 }
  const page = await openPage(browser, complaints, { locale: 'en-US', colorScheme: 'light', viewport })
  await signIn(page, system.address, owner)
  await page.getByRole('heading', { level: 1, name: t('overview.title') }).waitFor()
  return page
}

async function admin(method: string, path: string, body?: unknown) {
  const response = await fetch(`${system.address}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  expect(response.ok, text).toBe(true)
  return text ? JSON.parse(text) : null
}

/** Presses Tab until what has the focus is called `name`. */
async function tabTo(page: Page, name: string) {
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim(),
    )
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if ((await focused()) === name) return
  }
  throw new Error(`Tab does not reach ${name}`)
}

test('the start page sends members to the overview', async () => {
  const page = await openPortal()
  await page.goto(system.address)
  await page.waitForURL(`${system.address}/overview`)
})

test('the keyboard reaches the content first, then every page of the navigation', async () => {
  const page = await openPortal()
  await page.reload()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  for (const name of [t('shell.keys'), t('shell.usage'), t('shell.settings'), t('shell.overview')]) {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await tabTo(page, name)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
    expect(await page.getByRole('navigation').getByRole('link', { name }).getAttribute('aria-current')).toBe(
      'page',
    )
  }
})

test('on a small screen the navigation opens over the page, keeps the focus and gives it back', async () => {
  const page = await openPortal(390)
  const button = page.getByRole('button', { name: t('shell.openNavigation') })
  await button.click()
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('link', { name: t('shell.keys') }).waitFor()
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'hidden' })
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
  await button.click()
  await sheet.getByRole('link', { name: t('shell.keys') }).click()
  await page.waitForURL(`${system.address}/keys`)
  await sheet.waitFor({ state: 'hidden' })
})

test('language and appearance are chosen in the account menu and outlive the page', async () => {
  const page = await openPortal()
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  const openMenu = async (label: string) => {
    await page.getByRole('button', { name: label }).focus()
    await page.keyboard.press('Enter')
  }
  await openMenu(t('shell.account', { name: owner.email }))
  await page.getByRole('menuitem', { name: t('shell.themeDark') }).press('Enter')
  await page.locator('html[data-theme=dark]').waitFor()
  expect(await background()).not.toBe(light)

  await openMenu(t('shell.account', { name: owner.email }))
  await page.getByRole('menuitem', { name: '中文' }).press('Enter')
  const chinese = words('zh-CN')
  await page.getByRole('heading', { level: 1, name: chinese('overview.title') }).waitFor()
  await page.goto(`${system.address}/keys`)
  expect(await page.getAttribute('html', 'lang')).toBe('zh-CN')
  expect(await page.getAttribute('html', 'data-theme')).toBe('dark')
})

test('a pressed stop refuses calls, is shown on every page, and ends when it is lifted', async () => {
  const app = await admin('POST', '/apps', { name: 'checkout' })
  const { raw_key: rawKey } = await admin('POST', `/apps/${app.id}/keys`, { name: 'first' })
  const codeOfCall = async () => {
    const response = await fetch(`${system.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }),
    })
    return (await response.json()).error?.code
  }
  expect(await codeOfCall()).not.toBe('stopped')

  const page = await openPortal()
  await page.getByRole('button', { name: t('stops.stop'), exact: true }).press('Enter')
  const dialog = page.getByRole('dialog', { name: t('stops.title') })
  const now = dialog.getByRole('button', { name: t('stops.stopNow') })
  await dialog.getByLabel(t('stops.which')).selectOption(app.id)
  expect(await now.isDisabled()).toBe(true)
  await dialog.getByLabel(t('stops.reason')).fill('Runaway retries')
  await dialog.getByText('App checkout: every call is refused').waitFor()
  await now.press('Enter')

  const banner = page.getByRole('region', { name: t('stops.pressed') })
  await banner.getByText('Runaway retries').waitFor()
  await expect.poll(codeOfCall, { timeout: 1000 }).toBe('stopped')
  await page.goto(`${system.address}/settings`)
  await banner.getByText('App checkout: every call is refused').waitFor()

  await banner.getByRole('button', { name: t('stops.lift') }).press('Enter')
  await page
    .getByRole('dialog')
    .getByRole('button', { name: t('stops.liftNow') })
    .press('Enter')
  await banner.waitFor({ state: 'detached' })
  await expect.poll(codeOfCall, { timeout: 1000 }).not.toBe('stopped')
})

test('a developer reads of the stops of their own apps and cannot lift them', async () => {
  const developer = { email: 'dev@example.com', password: 'a developer’s own password' }
  const { url } = await admin('POST', '/members', { email: developer.email, role: 'developer' })
  const token = new URL(url).searchParams.get('token')
  await admin('POST', '/invites/accept', { token, name: 'Dev', password: developer.password })
  const own = await admin('POST', '/apps', { name: 'own-app', owner_email: developer.email })
  const other = await admin('POST', '/apps', { name: 'other-app' })
  const stops = [
    await admin('POST', '/stops', { scope: 'app', id: own.id, reason: 'Too expensive' }),
    await admin('POST', '/stops', { scope: 'app', id: other.id, reason: 'Leaked' }),
  ]
  const page = await openPage(browser, complaints, { locale: 'en-US' })
  await signIn(page, system.address, developer)
  const banner = page.getByRole('region', { name: t('stops.pressed') })
  await banner.getByText('App own-app: every call is refused').waitFor()
  expect(await banner.getByRole('listitem').count()).toBe(1)
  expect(await banner.getByRole('button').count()).toBe(0)
  expect(await page.content()).not.toMatch(/other-app|Leaked/)
  for (const { id } of stops) await admin('DELETE', `/stops/${id}`)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await banner.waitFor({ state: 'detached' })
})

test('what the server refuses is told in the language of the page, with its own text as detail', async () => {
  await admin('POST', '/apps', { name: 'taken' })
  const page = await openPage(browser, complaints, { locale: 'zh-CN' })
  await signIn(page, system.address, owner)
  const chinese = words('zh-CN')
  await page.goto(`${system.address}/apps?add=1`)
  const form = page.getByRole('dialog')
  const name = form.getByLabel(chinese('appForm.name'), { exact: true })
  const notice = form.getByRole('alert')
  await name.fill('taken')
  await name.press('Enter')
  await form.getByText(chinese('adminError.takenField')).waitFor()
  expect(await notice.textContent()).toContain(chinese('adminError.taken'))
  expect(await notice.locator('[lang=en]').textContent()).toContain('There is already an app with this name.')

  await page.context().setOffline(true)
  await name.press('Enter')
  await notice.getByText(chinese('adminError.unreachable'), { exact: true }).waitFor()
  await page.context().setOffline(false)

  await page.context().clearCookies()
  await name.press('Enter')
  await notice.getByText(chinese('adminError.unauthorized'), { exact: true }).waitFor()
  expect(
    complaints.splice(0).filter((text) => !/status of 4(09|01)|INTERNET_DISCONNECTED/.test(text)),
  ).toEqual([])
  await notice.getByRole('link', { name: chinese('adminError.signIn') }).click()
  await page.waitForURL((url) => url.pathname === '/sign-in')
  await page.getByLabel(words('zh-CN')('signIn.email'), { exact: true }).fill(owner.email)
  await page.getByLabel(words('zh-CN')('signIn.password'), { exact: true }).fill(owner.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${system.address}/apps?add=1`)
})

test('a stop that somebody else pressed or lifted is noticed when the page is looked at again', async () => {
  const page = await openPortal()
  const lookAgain = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  const stop = await admin('POST', '/stops', { scope: 'tenant', id: 'acme', reason: 'Unpaid' })
  await lookAgain()
  const banner = page.getByRole('region', { name: t('stops.pressed') })
  await banner.getByText('Tenant acme: every call is refused').waitFor()
  await admin('DELETE', `/stops/${stop.id}`)
  await lookAgain()
  await banner.waitFor({ state: 'detached' })
})

test('signing out leads to the sign-in page and ends the session', async () => {
  const page = await openPortal()
  await page.getByRole('button', { name: t('shell.account', { name: owner.email }) }).press('Enter')
  await page.getByRole('menuitem', { name: t('shell.signOut') }).press('Enter')
  await page.waitForURL(`${system.address}/sign-in`)
  await page.goto(`${system.address}/overview`)
  await page.waitForURL((url) => url.pathname === '/sign-in')
})
