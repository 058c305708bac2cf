/** A channel is added and tried, an alert is told on it and handled, a rule and a key's checks are changed. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { launchBrowser } from '../support/browser'
import { query } from '../support/embedded-database'
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

test('a rule is tried on the past, narrowed to a key, and muted for a while', async () => {
  const key = await admin('POST', '/keys', {
    provider: 'openai',
    name: 'was-down',
    secret: 'sk-was-down-0123456789',
    probe: { enabled: false },
  })
  const ago = (hours: number) => `now() - interval '${hours} hours'`
  const event = (hours: number, result: string) =>
    `(gen_random_uuid(), ${ago(hours)}, '${key.id}', 'real', '${result}', ${result === 'up' ? 'null' : "'auth'"})`
  await query(
    system.dataDir,
    `insert into health_events (id, ts, key_id, signal, result, error_class)
      values ${event(30, 'down')}, ${event(28, 'up')}, ${event(5, 'down')}, ${event(4.5, 'up')};
    update keys set created_at = ${ago(100)} where id = '${key.id}'`,
  )
  const page = await openAt('/alerts/rules?edit=new')
  const form = page.getByRole('dialog')
  await field(form, t('alertRules.kind')).selectOption({ label: t('alertKinds.keyDown') })
  await form.getByText(t('alertRules.onlyFor'), { exact: true }).click()
  await field(form, t('alertRules.onlyKeys')).selectOption({ label: 'was-down (openai)' })
  const preview = form.getByRole('region', { name: t('rulePreview.title') })
  await button(preview, t('rulePreview.ask')).click()
  await preview.getByText(t('rulePreview.fired', { count: 2 }), { exact: true }).waitFor()
  await preview.getByText(t('rulePreview.told', { count: 4 }), { exact: true }).waitFor()
  const rows = preview.getByRole('row').filter({ hasText: 'was-down' })
  expect(await rows.allTextContents()).toEqual([
    expect.stringMatching(/was-down30 min$/),
    expect.stringMatching(/was-down2 hr$/),
  ])
  await preview.getByText(/every 60 sec\.$/).waitFor()

  // Another form has no answer yet, and of what is known only as it is now there is none.
  await field(form, t('alertRules.window')).fill('16')
  await rows.first().waitFor({ state: 'detached' })
  await field(form, t('alertRules.kind')).selectOption({ label: t('alertKinds.balanceLow') })
  await button(preview, t('rulePreview.ask')).click()
  await preview.getByText(t('rulePreview.notKept'), { exact: true }).waitFor()

  await field(form, t('alertRules.kind')).selectOption({ label: t('alertKinds.keyDown') })
  await form.getByText(t('alertRules.onlyFor'), { exact: true }).click()
  await field(form, t('alertRules.onlyKeys')).selectOption({ label: 'was-down (openai)' })
  await field(form, t('alertRules.onlyEnvironments')).fill('production')
  await field(form, t('alertRules.name')).fill('Only that one')
  await form.getByText(t('alertRules.telling'), { exact: true }).click()
  await field(form, t('alertRules.mutedUntilField')).fill('2099-01-01T08:30')
  await button(form, t('formParts.save')).click()
  await form.waitFor({ state: 'detached' })
  const rules = (await admin('GET', '/alert-rules?limit=100')).data
  const added = rules.find((rule: { name: string }) => rule.name === 'Only that one')
  expect(added).toMatchObject({
    kind: 'key_down',
    scope: { key: [key.id], environment: ['production'] },
    muted_until: '2099-01-01T08:30:00.000Z',
  })
  await button(page, t('alertRules.editTitle', { name: 'Only that one' })).click()
  await button(form, t('alertRules.removeNamed', { name: 'was-down (openai)' })).click()
  await form.getByText(t('alertRules.telling'), { exact: true }).click()
  await field(form, t('alertRules.mutedUntilField')).fill('')
  await button(form, t('formParts.save')).click()
  await form.waitFor({ state: 'detached' })
  expect(await admin('GET', `/alert-rules/${added.id}`)).toMatchObject({
    scope: { environment: ['production'] },
    muted_until: null,
  })
})

test('rates of currencies are set with their day, and lost money is released after a question', async () => {
  const page = await openAt('/settings/organisation')
  const today = new Date().toISOString().slice(0, 10)
  const yuan = page.getByRole('group', { name: 'CNY', exact: true })
  await field(yuan, t('exchangeRates.usd', { currency: 'CNY' })).fill('0.1391')
  await button(page, t('exchangeRates.add')).click()
  const added = page.getByRole('group', { name: t('exchangeRates.newRate'), exact: true })
  await field(added, t('exchangeRates.currency')).fill('gbp')
  const pound = page.getByRole('group', { name: 'GBP', exact: true })
  await field(pound, t('exchangeRates.usd', { currency: 'GBP' })).fill('1.3')
  await button(page, t('exchangeRates.save')).click()
  await page.getByText(t('exchangeRates.saved'), { exact: true }).waitFor()
  const { exchange_rates: rates } = await admin('GET', '/settings')
  expect(rates).toMatchObject({
    CNY: { usd: 0.1391, as_of: today, source: 'set' },
    GBP: { usd: 1.3, as_of: today, source: 'set' },
    EUR: { source: 'default' },
  })

  const app = await admin('POST', '/apps', {
    name: 'spender',
    budgets: [{ period: 'month', limit_usd: 100, hard: true }],
  })
  const [budget] = (await admin('GET', `/budgets?scope=app&id=${app.id}`)).data
  await query(
    system.dataDir,
    `insert into budget_windows (budget_id, window_start, window_end, limit_nanos, lost_nanos) values
      ('${budget.budget_id}', '${budget.window_start}', '${budget.window_end}', 100000000000, 12500000000)`,
  )
  await page.goto(`${system.address}/apps/${app.id}`)
  await page.getByText(t('limits.lost', { amount: '$12.50' })).waitFor()
  await button(page, t('limits.release')).click()
  const question = page.getByRole('dialog', { name: t('limits.releaseTitle', { amount: '$12.50' }) })
  await question.getByText(t('limits.releaseText'), { exact: true }).waitFor()
  await button(question, t('limits.release')).click()
  await page.getByText(t('limits.released', { amount: '$12.50' }), { exact: true }).waitFor()
  await page.getByText(t('limits.lost', { amount: '$12.50' })).waitFor({ state: 'detached' })
  expect((await admin('GET', `/budgets?scope=app&id=${app.id}`)).data).toMatchObject([
    { lost_usd: 0, left_usd: 100 },
  ])
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
