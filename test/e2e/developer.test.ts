/** A developer, from the invitation to a call of their own and its row in a CSV. */
import { readFile } from 'node:fs/promises'
import OpenAI from 'openai'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { issueAppKey, languages, openPage, signIn, words } from '../support/portal'
import { type Running, startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'
import { answer, usage } from '../support/upstream-answers.mjs'

const adminToken = 'admin-token-of-the-developer-test'
const owner = { email: 'owner@example.com', password: 'correct horse battery' }
const password = 'a developer’s own password'

let browser: Browser
let upstream: Upstream
let system: Running
const complaints: string[] = []

beforeAll(async () => {
  ;[browser, upstream] = await Promise.all([launchBrowser(), startUpstream()])
  system = await startSystem({
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
    AKCP_OWNER_EMAIL: owner.email,
    AKCP_OWNER_PASSWORD: owner.password,
  })
  await create('/providers', {
    preset: 'custom',
    slug: 'local',
    name: 'Local',
    base_url: upstream.baseUrl,
    model_patterns: ['gpt-*'],
  })
  await create('/keys', { provider: 'local', name: 'main', secret: 'sk-main-0123456789' })
})

afterEach(() => expect(complaints.splice(0)).toEqual([]))

afterAll(async () => {
  await browser?.close()
  await upstream?.stop()
  await system?.stop()
  await system?.clean()
})

async function create(path: string, body: unknown): Promise<Record<string, string>> {
  const response = await fetch(`${system.address}/api/admin${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const json = await response.json()
  expect(response.status, JSON.stringify(json)).toBe(201)
  return json
}

/** One call with the official SDK; the ledger's id of it, which has its row by then. */
async function callOnce(apiKey: string, feature: string) {
  const client = new OpenAI({ apiKey, baseURL: `${system.address}/api/v1`, maxRetries: 0 })
  const { data, response } = await client.chat.completions
    .create(
      { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] },
      { headers: { 'X-Feature': feature } },
    )
    .withResponse()
  expect(data.choices[0]?.message.content).toBe(answer)
  const id = response.headers.get('x-akcp-request') ?? ''
  const headers = { authorization: `Bearer ${adminToken}` }
  await expect
    .poll(async () => (await fetch(`${system.address}/api/admin/requests/${id}`, { headers })).status)
    .toBe(200)
  return id
}

test.each(languages)(
  'is invited, signs in, calls with an own key and sees nothing of others (%s)',
  async (locale) => {
    const t = words(locale)
    const email = `dev-${locale}@example.com`.toLowerCase()
    const appName = `dev-app-${locale}`
    const app = await create('/apps', { name: appName, owner_email: email })
    const other = await create('/apps', { name: `other-app-${locale}`, owner_email: 'someone@example.com' })
    const otherKey = await create(`/apps/${other.id}/keys`, { name: 'server' })
    const otherRequest = await callOnce(otherKey.raw_key ?? '', 'secret-feature')

    const ownersPage = await openPage(browser, complaints, { locale })
    await signIn(ownersPage, system.address, owner)
    await ownersPage.goto(`${system.address}/settings/members`)
    await ownersPage.getByRole('button', { name: t('members.invite'), exact: true }).click()
    const dialog = ownersPage.getByRole('dialog', { name: t('members.invite') })
    await dialog.getByLabel(t('members.email'), { exact: true }).fill(email)
    await dialog.getByRole('button', { name: t('members.makeLink'), exact: true }).click()
    await dialog.getByText(t('members.invited', { email })).waitFor()
    const link = await dialog.getByText(/\/invite\?token=/).textContent()
    await ownersPage.context().close()

    const page = await openPage(browser, complaints, { locale, acceptDownloads: true })
    await page.goto(link?.trim() ?? '')
    await page.getByLabel(t('account.name'), { exact: true }).fill('Dev')
    await page.getByLabel(t('account.password'), { exact: true }).fill(password)
    await page.getByLabel(t('account.repeat'), { exact: true }).fill(password)
    await page.getByRole('button', { name: t('invite.submitJoin'), exact: true }).click()
    await page.waitForURL(`${system.address}/overview`)
    const navigation = page.getByRole('navigation', { name: t('shell.navigation') })
    expect(await navigation.getByRole('link', { name: t('shell.keys'), exact: true }).count()).toBe(0)

    await navigation.getByRole('link', { name: t('shell.apps'), exact: true }).click()
    await page.getByRole('link', { name: appName, exact: true }).click()
    await page.getByRole('heading', { level: 1, name: appName }).waitFor()
    await page.getByRole('button', { name: t('issueKey.issue'), exact: true }).click()
    const rawKey = await issueAppKey(page, locale, 'laptop')
    const ownRequest = await callOnce(rawKey, 'first-try')

    await navigation.getByRole('link', { name: t('shell.usage'), exact: true }).click()
    await page.getByRole('heading', { level: 1, name: t('usage.title') }).waitFor()
    await page.getByRole('row', { name: new RegExp(`^${appName}`) }).waitFor()
    expect(await page.getByRole('main').textContent()).not.toMatch(/other-app|secret-feature/)

    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name: t('usage.downloadRows'), exact: true }).click()
    const csv = await readFile(await (await downloading).path(), 'utf8')
    const [head = '', ...lines] = csv.trim().split(/\r?\n/)
    const columns = head.replace(/^\uFEFF/, '').split(',')
    expect(lines).toHaveLength(1)
    const row = Object.fromEntries(columns.map((name, index) => [name, lines[0]?.split(',')[index]]))
    expect(row).toMatchObject({
      id: ownRequest,
      app_id: app.id,
      feature: 'first-try',
      model: 'gpt-4o-mini',
      input_tokens: String(usage.prompt_tokens),
      output_tokens: String(usage.completion_tokens),
      status: '200',
    })

    for (const [path, told] of [
      ['/keys', t('notFound.title')],
      ['/pools/providers', t('notFound.title')],
      ['/pools/prices', t('notFound.title')],
      ['/settings/members', t('notFound.title')],
      [`/apps/${other.id}`, t('notFound.title')],
      [`/usage/requests/${otherRequest}`, t('request.unknownTitle')],
    ] as const) {
      expect((await page.goto(system.address + path))?.status(), path).toBe(404)
      await page.getByText(told, { exact: true }).waitFor()
      expect(await page.content(), path).not.toMatch(/other-app|secret-feature/)
    }
    // Each of these answers is one complaint of the browser.
    expect(complaints.splice(0).filter((text) => !text.includes('404'))).toEqual([])
    const allowed = page.context().request
    for (const [path, status] of [
      ['/keys', 403],
      ['/members', 403],
      [`/apps/${other.id}`, 404],
      [`/requests/${otherRequest}`, 404],
      [`/requests/${ownRequest}`, 200],
    ] as const) {
      expect((await allowed.get(`${system.address}/api/admin${path}`)).status(), path).toBe(status)
    }
    const everything = await (await allowed.get(`${system.address}/api/admin/usage?group_by=app`)).json()
    expect(everything.rows.map((group: { app_name: string }) => group.app_name)).toEqual([appName])
    await page.context().close()
  },
)
