/** A channel is added and tried, an alert is told on it and handled, a rule and a key's checks are changed. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { launchBrowser } from '../support/browser'
import { type Bot, startBot } from '../support/feishu'
import { openPage, signIn, words } from '../support/portal'
import { type Running, startSystem } from '../support/system'

const adminToken = 'admin-token-of-the-alerts-test'
const owner = { email: 'owner@example.com', password: 'correct horse battery' }
const signingSecret = 'signing-secret-of-the-bot'
const t = words('en')

let browser: Browser
let bot: Bot
let system: Running
const complaints: string[] = []

beforeAll(async () => {
  ;[browser, bot] = await Promise.all([launchBrowser(), startBot()])
  await bot.ask({ secret: signingSecret })
  system = await startSystem({
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_ALLOW_PRIVATE_ORIGINS: bot.origin,
    AKCP_OWNER_EMAIL: owner.email,
    AKCP_OWNER_PASSWORD: owner.password,
  })
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  expect(complaints.splice(0)).toEqual([])
})

afterAll(async () => {
  await browser?.close()
  bot?.stop()
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

async function openAt(path: string): Promise<Page> {
  const page = await openPage(browser, complaints, { locale: 'en-US' })
  await signIn(page, system.address, owner)
  await page.goto(system.address + path)
  return page
}

const button = (where: Page | Locator, name: string) => where.getByRole('button', { name, exact: true })
const field = (where: Page | Locator, name: string) => where.getByLabel(name, { exact: true })

/** A key that expires in three days, which a rule tells: as alert. */
async function expiringKey(name: string) {
  const expires = new Date(Date.now() + 3 * 86_400_000).toISOString()
  const key = await admin('POST', '/keys', {
    provider: 'openai',
    name,
    secret: 'sk-alerts-0123456789',
    expires_at: expires,
    probe: { enabled: false },
  })
  const alert = await vi.waitUntil(
    async () => (await admin('GET', `/alerts?key_id=${key.id}&state=open`)).data[0],
    { timeout: 60_000, interval: 500 },
  )
  return { key, alert }
}

test('a channel is added without its address being shown again, and a test message says how it went', async () => {
  const page = await openAt('/alerts/channels')
  await button(page, t('channels.add')).click()
  const form = page.getByRole('dialog', { name: t('channels.addTitle') })
  await field(form, t('channels.name')).fill('On call')
  await field(form, t('channels.url')).fill(bot.url)
  await field(form, t('channels.secret')).fill('not the secret')
  await button(form, t('formParts.save')).click()
  await page.getByText(t('channels.saved', { name: 'On call' }), { exact: true }).waitFor()
  await page.reload()
  await page.getByRole('heading', { level: 2, name: 'On call' }).waitFor()
  expect(await page.content()).not.toContain('0123456789-abcdef')

  await button(page, t('channels.testNamed', { name: 'On call' })).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(t('channels.testFailed'), { exact: true }).waitFor()
  await dialog.getByText(/sign match fail/).waitFor()
  await page.keyboard.press('Escape')

  await button(page, t('channels.editTitle', { name: 'On call' })).click()
  await field(page.getByRole('dialog'), t('channels.secret')).fill(signingSecret)
  await button(page.getByRole('dialog'), t('formParts.save')).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await bot.ask({ clear: true })
  await button(page, t('channels.testNamed', { name: 'On call' })).click()
  await page.getByRole('dialog').getByText(t('channels.testOk'), { exact: true }).waitFor()
  expect(await bot.titles()).toHaveLength(1)
})

test('an alert leads to its key, is acknowledged and closed, and shows who was told', async () => {
  await admin('POST', '/providers', { preset: 'openai' })
  const { key, alert } = await expiringKey('expires-soon')
  const told = async () => (await admin('GET', `/alerts/${alert.id}`)).deliveries[0]?.state === 'sent'
  await vi.waitUntil(told, { timeout: 30_000, interval: 500 })
  const page = await openAt('/alerts')
  const link = page.getByRole('navigation', { name: t('shell.navigation') }).getByRole('link', {
    name: new RegExp(`^${t('shell.alerts')}`),
  })
  expect(await link.textContent()).toContain(t('shell.openAlerts', { count: 1 }))
  const card = page.getByRole('article')
  await card.getByRole('link', { name: new RegExp(`^${t('alerts.openKey')}`) }).click()
  await page.waitForURL(`${system.address}/keys/${key.id}`)
  await page.goBack()

  await button(card, t('alertActions.acknowledgeNamed', { title: alert.title })).click()
  await card.getByText(t('alertStates.acknowledged'), { exact: true }).waitFor()
  await card.getByRole('link', { name: alert.title, exact: true }).click()
  await page.getByText(t('alerts.acknowledgedStep', { name: owner.email })).waitFor()
  const row = page.getByRole('row').filter({ hasText: 'On call' })
  await row.getByText(t('deliveries.sent'), { exact: true }).waitFor()

  await button(page, t('alertActions.resolveNamed', { title: alert.title })).click()
  await button(page.getByRole('dialog'), t('alertActions.resolveConfirm')).click()
  await page.getByText(t('alertStates.resolved'), { exact: true }).first().waitFor()
  expect(await admin('GET', `/alerts/${alert.id}`)).toMatchObject({ state: 'resolved' })
  await page.goto(`${system.address}/alerts`)
  await page.getByText(t('alerts.noneOpen'), { exact: true }).waitFor()
})

test('a rule gets other figures, an action that is undone, and a quiet time', async () => {
  const ruleOf = async (kind: string) =>
    (await admin('GET', '/alert-rules?limit=100')).data.find((rule: { kind: string }) => rule.kind === kind)
  const before = await ruleOf('error_rate')
  const page = await openAt(`/alerts/rules?edit=${before.id}`)
  const form = page.getByRole('dialog')
  await field(form, t('alertRules.percent')).fill('35')
  await field(form, t('alertRules.minCalls')).fill('40')
  await field(form, t('alertRules.by')).selectOption({ label: t('alertSubjects.pool') })
  await button(form, t('alertRules.addAction')).click()
  await field(form, t('alertRules.rpm')).fill('12')
  await form.getByRole('switch', { name: t('alertRules.undo') }).check()
  await form.getByText(t('alertRules.telling'), { exact: true }).click()
  await button(form, t('alertRules.addMute')).click()
  await field(form, t('alertRules.muteFrom')).fill('23:30')
  await field(form, t('alertRules.sunday')).uncheck()
  await button(form, t('formParts.save')).click()
  await form.waitFor({ state: 'detached' })
  expect(await ruleOf('error_rate')).toMatchObject({
    name: before.name,
    threshold: 0.35,
    min_count: 40,
    window_minutes: before.window_minutes,
    scope: { by: 'pool' },
    actions: [{ action: 'throttle', rpm: 12, models: [], minutes: null }],
    undo_on_recovery: true,
    mutes: [{ days: [1, 2, 3, 4, 5, 6], from: '23:30', to: '08:00' }],
  })
  await page.getByText(/At least 35% of the calls of one pool fail/).waitFor()

  await page
    .getByRole('switch', { name: t('alertRules.switchNamed', { name: t('alertKinds.jobFailing') }) })
    .uncheck()
  await vi.waitUntil(async () => !(await ruleOf('job_failing')).enabled, { timeout: 10_000 })
})

test('the daily summary is switched off, and the weekly one comes at seven', async () => {
  const page = await openAt('/settings/organisation')
  await page.getByRole('switch', { name: t('organisation.digestDaily') }).uncheck()
  await field(page, t('organisation.digestHour')).selectOption('07:00')
  await button(page, t('organisation.save')).click()
  await page.getByText(t('organisation.saved'), { exact: true }).waitFor()
  expect(await admin('GET', '/settings')).toMatchObject({
    digest_daily: false,
    digest_weekly: true,
    digest_hour: 7,
  })
})

test('a balance is typed in, probes are set, and the jobs are shown', async () => {
  const { data: keys } = await admin('GET', '/keys')
  const page = await openAt(`/keys/${keys[0].id}`)
  await button(page, t('keyChecks.typeIn')).click()
  await field(page.getByRole('dialog'), t('keyChecks.amount')).fill('700')
  await field(page.getByRole('dialog'), t('keyChecks.currency')).fill('cny')
  await button(page.getByRole('dialog'), t('formParts.save')).click()
  await page.getByText('CN¥700.00', { exact: true }).waitFor()

  await button(page, t('keyChecks.settings')).click()
  const form = page.getByRole('dialog')
  await field(form, t('keyChecks.thresholdField')).fill('20')
  await form.getByRole('switch', { name: t('keyChecks.probeEnabled') }).check()
  await field(form, t('keyChecks.interval')).fill('600')
  await form.getByRole('switch', { name: t('keyChecks.paid') }).check()
  await field(form, t('keyChecks.monthlyLimit')).fill('0.5')
  await button(form, t('formParts.save')).click()
  await form.waitFor({ state: 'detached' })
  expect(await admin('GET', `/keys/${keys[0].id}`)).toMatchObject({
    balance: { amount: 700, currency: 'CNY', source: 'manual' },
    balance_threshold_usd: 20,
    probe: { enabled: true, interval_seconds: 600, paid: true, monthly_limit_usd: 0.5, model: null },
  })

  await page.goto(`${system.address}/settings/jobs`)
  const jobs = page.getByRole('region', { name: t('jobs.title') })
  await jobs
    .getByRole('row')
    .filter({ hasText: t('jobs.deliveries') })
    .waitFor()
  await page.getByText('PostgreSQL', { exact: true }).waitFor()
})
