/** Limits, budgets, and how pools choose: set in the portal, read back from the admin API. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { accessibilityFindings, languages, openPage, signIn, words } from '../support/portal'
import { type Running, startSystem } from '../support/system'

const adminToken = 'admin-token-of-the-limits-test'
const owner = { email: 'owner@example.com', password: 'correct horse battery' }

let browser: Browser
let system: Running
const complaints: string[] = []

beforeAll(async () => {
  browser = await launchBrowser()
  system = await startSystem({
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_OWNER_EMAIL: owner.email,
    AKCP_OWNER_PASSWORD: owner.password,
  })
  for (const slug of ['openai', 'deepseek']) {
    await admin('POST', '/providers', { preset: slug })
    await admin('POST', '/keys', { provider: slug, name: `${slug}-key`, secret: 'sk-limits-0123456789' })
  }
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

async function openAt(path: string, locale: (typeof languages)[number] = 'en'): Promise<Page> {
  const page = await openPage(browser, complaints, { locale })
  await signIn(page, system.address, owner)
  await page.goto(system.address + path)
  return page
}

const button = (where: Page | Locator, name: string) => where.getByRole('button', { name, exact: true })
const field = (where: Page | Locator, name: string) => where.getByLabel(name, { exact: true })

test.each(languages)('a policy with limits, a hard budget and its ladder (%s)', async (locale) => {
  const t = words(locale)
  const tenant = `tenant-${locale}`
  const what = t('limits.scopeTenant', { name: tenant })
  const page = await openAt('/settings/policies', locale)
  await button(page, t('policies.add')).click()
  const form = page.getByRole('dialog', { name: t('policies.addTitle') })
  await field(form, t('policies.name')).fill(tenant)
  await field(form, t('limits.rpm')).first().fill('60')
  await button(form, t('limits.addMonth')).click()
  await field(form, t('limits.perMonth')).fill('100')
  await form.getByRole('switch', { name: t('limits.hard') }).check()
  const second = form.getByRole('group', { name: t('limits.rung', { number: 2 }) })
  await field(second, t('limits.at')).fill('90')
  await field(second, t('limits.action')).selectOption({ label: t('limits.economy') })
  await field(second, t('limits.models')).fill('gpt-4o-mini')
  await field(second, t('limits.models')).press('Enter')
  expect(await accessibilityFindings(page)).toEqual([])
  await button(form, t('formParts.save')).click()
  await page.getByText(t('policies.saved', { what }), { exact: true }).waitFor()
  expect(await admin('GET', `/policies/tenant/${tenant}`)).toMatchObject({
    limits: { rpm: 60, tpm: null, concurrency: null },
    budgets: [
      {
        period: 'month',
        limit_usd: 100,
        hard: true,
        ladder: [
          { at: 0.8, action: 'notify' },
          { at: 0.9, action: 'economy', models: ['gpt-4o-mini'] },
        ],
      },
    ],
  })

  await page.getByRole('heading', { level: 2, name: what }).waitFor()
  await button(page, t('policies.clearTitle', { what })).click()
  await button(page.getByRole('dialog'), t('policies.clear')).click()
  await page.getByText(t('policies.cleared', { what }), { exact: true }).waitFor()
  await page.getByRole('heading', { level: 2, name: what }).waitFor({ state: 'detached' })
  expect(await admin('GET', `/policies/tenant/${tenant}`)).toMatchObject({ budgets: [] })
})

test('a pool goes by priority, with a fallback, a wait and models from dear to cheap', async () => {
  const t = words('en')
  const { data: keys } = await admin('GET', '/keys')
  const keyOf = (name: string) => keys.find((key: { name: string }) => key.name === name).id
  const pool = await admin('POST', '/pools', {
    slug: 'chat',
    keys: [{ key_id: keyOf('openai-key') }, { key_id: keyOf('deepseek-key') }],
  })
  const page = await openAt(`/pools?edit=${pool.id}`)
  const form = page.getByRole('dialog')
  await form.getByRole('radio', { name: t('strategies.priority') }).check()
  await field(form, t('pools.tierOf', { name: 'deepseek-key' })).fill('2')
  await form.getByText(t('pools.routing'), { exact: true }).click()
  await form.getByRole('switch', { name: t('pools.sticky') }).check()
  await field(form, t('pools.fallback')).selectOption({ label: 'OpenAI' })
  await field(form, t('pools.waitSeconds')).fill('5')
  await form.getByText(t('pools.modelsAndTenants'), { exact: true }).click()
  const models = field(form, t('pools.modelPriority'))
  for (const model of ['small', 'big']) {
    await models.fill(model)
    await models.press('Enter')
  }
  await button(form, t('orderButtons.up', { name: 'big' })).click()
  await button(form, t('formParts.save')).click()
  await page.getByText(t('pools.changed', { name: 'chat' }), { exact: true }).waitFor()
  const { data: pools } = await admin('GET', '/pools')
  expect(await admin('GET', `/pools/${pool.id}`)).toMatchObject({
    strategy: 'priority',
    stickiness: 'conversation',
    keys: [{ tier: null }, { tier: 2 }],
    fallback_pool_id: pools.find((other: { slug: string }) => other.slug === 'openai').id,
    wait_seconds: 5,
    model_priority: ['big', 'small'],
  })
  await page.getByText(t('pools.fallbackFact', { pool: 'OpenAI' }), { exact: true }).waitFor()
})

test('all calls of a pool are switched to another one, and back', async () => {
  const t = words('en')
  const page = await openAt('/pools')
  await button(page, t('poolSwitch.title', { name: 'OpenAI' })).click()
  const dialog = page.getByRole('dialog')
  await field(dialog, t('poolSwitch.to')).selectOption({ label: 'DeepSeek' })
  await button(dialog, t('poolSwitch.switch')).click()
  const notice = page.getByText(t('poolSwitch.active', { name: 'OpenAI', to: 'DeepSeek' }), { exact: true })
  await notice.waitFor()
  const { data } = await admin('GET', '/pools')
  const [openai, deepseek] = ['openai', 'deepseek'].map((slug) =>
    data.find((pool: { slug: string }) => pool.slug === slug),
  )
  expect(openai.switch_to_pool_id).toBe(deepseek.id)
  expect(Date.parse(openai.switch_until) - Date.now()).toBeGreaterThan(55 * 60_000)
  await button(page, t('poolSwitch.endOf', { name: 'OpenAI' })).click()
  await notice.waitFor({ state: 'detached' })
})

test('the budgets of an app and its key are set in their forms and shown with what is left', async () => {
  const t = words('en')
  const app = await admin('POST', '/apps', { name: 'shop', owner_email: owner.email })
  await admin('POST', `/apps/${app.id}/keys`, { name: 'server' })
  const page = await openAt(`/apps/${app.id}?edit=1`)
  const form = page.getByRole('dialog')
  await button(form, t('limits.addDay')).click()
  await field(form, t('limits.perDay')).fill('2.5')
  await button(form, t('appForm.save')).click()
  await page.getByText(t('appForm.changed', { name: 'shop' }), { exact: true }).waitFor()

  await button(page, t('appKeyActions.menu', { name: 'server' })).click()
  await page.getByRole('menuitem', { name: t('appKeyActions.edit'), exact: true }).click()
  const keyForm = page.getByRole('dialog', { name: t('issueKey.editTitle', { name: 'server' }) })
  await field(keyForm, t('limits.concurrency')).fill('3')
  await button(keyForm, t('limits.addMonth')).click()
  await field(keyForm, t('limits.perMonth')).fill('9')
  await button(keyForm, t('formParts.save')).click()
  await page.getByText(t('issueKey.changed', { name: 'server' }), { exact: true }).waitFor()

  await page.getByText(t('app.thisApp'), { exact: true }).waitFor()
  await page.getByText(t('limits.left', { amount: '$2.50' }), { exact: true }).waitFor()
  await page.getByText(t('limits.scopeAppKey', { name: 'shop / server' }), { exact: true }).waitFor()
  await page.getByText(t('limits.concurrencyOf', { limit: '3' }), { exact: true }).waitFor()
  await page.goto(`${system.address}/apps/${app.id}?edit=1`)
  expect(await field(page.getByRole('dialog'), t('limits.perDay')).inputValue()).toBe('2.5')
})
