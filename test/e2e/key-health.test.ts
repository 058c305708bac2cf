/** From an error of the gateway to the key behind it: the request’s page, and the key’s health and usage at that minute. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { launchBrowser } from '../support/browser'
import { openPage, overflow, signIn, words } from '../support/portal'
import { type Running, startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'

const adminToken = 'admin-token-of-the-health-test'
const owner = { email: 'owner@example.com', password: 'correct horse battery' }
const developer = { email: 'dev@example.com', password: 'a developer’s own password' }
const t = words('en')

let browser: Browser
let upstream: Upstream
let system: Running
let rawKey: string
let keys: { weak: string; strong: string }
const complaints: string[] = []

beforeAll(async () => {
  ;[browser, upstream] = await Promise.all([launchBrowser(), startUpstream()])
  system = await startSystem({
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
    AKCP_OWNER_EMAIL: owner.email,
    AKCP_OWNER_PASSWORD: owner.password,
  })
  const address = { preset: 'custom', base_url: upstream.baseUrl, model_patterns: ['gpt-*'] }
  await admin('POST', '/providers', { ...address, slug: 'local', name: 'Local' })
  const add = (name: string, secret: string, tier: number) =>
    admin('POST', '/keys', { provider: 'local', name, secret, tier, probe: { enabled: false } })
  keys = {
    weak: (await add('weak', 'sk-weak-0123456789', 1)).id,
    strong: (await add('strong', 'sk-strong-0123456789', 2)).id,
  }
  const [pool] = (await admin('GET', '/pools')).data
  await admin('PATCH', `/pools/${pool.id}`, { strategy: 'priority' })
  const app = await admin('POST', '/apps', { name: 'checkout', owner_email: developer.email })
  rawKey = (await admin('POST', `/apps/${app.id}/keys`, { name: 'server' })).raw_key
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await upstream.reset()
  expect(complaints.splice(0)).toEqual([])
})

afterAll(async () => {
  await browser?.close()
  await upstream?.stop()
  await system?.stop()
  await system?.clean()
})

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

async function call() {
  const response = await fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  const id = response.headers.get('x-akcp-request') ?? ''
  const { error } = await response.json()
  // The ledger is a moment behind.
  await vi.waitUntil(
    async () =>
      (
        await fetch(`${system.address}/api/admin/requests/${id}`, {
          headers: { authorization: `Bearer ${adminToken}` },
        })
      ).ok,
    { timeout: 10_000 },
  )
  return { id, error, status: response.status }
}

const timelineOf = (page: Page) => page.getByRole('region', { name: t('keyTimeline.table'), exact: true })

test('an error leads to its request, and from there to its key at that minute', async () => {
  await upstream.fault({ status: 402, body: { error: { message: 'You have insufficient balance' } } })
  const { id, error } = await call()
  await upstream.fault()
  expect(error.request_url).toBe(`${system.address}/usage/requests/${id}`)

  const page = await openPage(browser, complaints, { locale: 'en-US' })
  // Whoever is not signed in signs in first.
  await page.goto(error.request_url)
  await page.waitForURL(/\/sign-in\?next=/)
  await page.getByLabel(t('signIn.email'), { exact: true }).fill(owner.email)
  await page.getByLabel(t('signIn.password'), { exact: true }).fill(owner.password)
  await page.getByRole('button', { name: t('signIn.submit'), exact: true }).click()
  await page.waitForURL(error.request_url)

  const attempts = page.getByRole('listitem').filter({ hasText: t('request.attempt', { number: 1 }) })
  await attempts.getByRole('link', { name: 'weak', exact: true }).click()
  await page.waitForURL(new RegExp(`/keys/${keys.weak}\\?at=`))
  await page.getByRole('heading', { level: 1, name: 'weak' }).waitFor()
  const marked = timelineOf(page).locator('tr[data-selected]')
  await marked.getByText(t('keyTimeline.cooling'), { exact: true }).waitFor()
  expect(await marked.textContent()).toContain(
    `${t('errorClasses.quota')} · ${t('keyTimeline.real')} · next try`,
  )
  // The chart says which minute it is.
  await page.getByText(t('keysChart.moment'), { exact: true }).waitFor()
  await page.getByRole('heading', { name: t('keyRequests.titleAround') }).waitFor()
  expect(await page.getByRole('main').locator(`a[href="/usage/requests/${id}"]`).count()).toBe(0)

  // The second and last attempt was the other key's: the request is among its own.
  await page.goBack()
  const last = page.getByRole('listitem').filter({ hasText: t('request.attempt', { number: 2 }) })
  await last.getByRole('link', { name: 'strong', exact: true }).click()
  await page.waitForURL(new RegExp(`/keys/${keys.strong}\\?at=`))
  await page.getByRole('main').locator(`a[href="/usage/requests/${id}"]`).waitFor()

  // A range takes the place of the moment.
  await page
    .getByRole('navigation', { name: t('keys.chartRange') })
    .first()
    .getByText('7 d')
    .click()
  await page.waitForURL((url) => url.search === '?chart=7d')
  await timelineOf(page).getByText(t('keyTimeline.cooling'), { exact: true }).waitFor()
  expect(await page.getByText(t('keysChart.moment'), { exact: true }).count()).toBe(0)
})

test('who disabled a key is on its timeline, also on a phone and in Chinese', async () => {
  await admin('POST', `/keys/${keys.strong}/disable`)
  await admin('POST', `/keys/${keys.strong}/enable`)
  const zh = words('zh-CN')
  const page = await openPage(browser, complaints, {
    locale: 'zh-CN',
    viewport: { width: 390, height: 800 },
  })
  await signIn(page, system.address, owner)
  await page.goto(`${system.address}/keys/${keys.strong}`)
  const table = page.getByRole('region', { name: zh('keyTimeline.table'), exact: true })
  await table.getByText(zh('keyTimeline.by', { name: 'environment' })).waitFor()
  expect(await overflow(page)).toBe(0)
})

test('whoever may not see keys gets their names and no links that lead nowhere; nor does an archived key', async () => {
  // With other secrets they serve again at once.
  for (const [name, id] of Object.entries(keys)) {
    await admin('PATCH', `/keys/${id}`, { secret: `sk-${name}-9876543210` })
  }
  await upstream.fault({ status: 400, body: { error: { message: 'no' } } })
  const { id } = await call()
  const invited = await admin('POST', '/members', { email: developer.email, role: 'developer' })
  const token = new URL(invited.url).searchParams.get('token')
  await admin('POST', '/invites/accept', { token, name: 'Dev', password: developer.password })
  const linksFor = async (account: typeof owner) => {
    const page = await openPage(browser, complaints, { locale: 'en-US' })
    await signIn(page, system.address, account)
    await page.goto(`${system.address}/usage/requests/${id}`)
    await page.getByText(t('request.attempt', { number: 1 }), { exact: true }).waitFor()
    expect(await page.getByRole('main').textContent()).toMatch(/weak|strong/)
    return await page.getByRole('main').locator('a[href^="/keys/"]').count()
  }
  expect(await linksFor(developer)).toBe(0)
  expect(await linksFor(owner)).toBeGreaterThan(0)
  for (const key of Object.values(keys)) await admin('DELETE', `/keys/${key}`)
  expect(await linksFor(owner)).toBe(0)
})
