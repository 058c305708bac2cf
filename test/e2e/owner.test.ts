/** The first owner, from the printed link to an app that can call. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { issueAppKey, languages, openPage, setupLink, signIn, words } from '../support/portal'
import { startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'

const owner = { name: 'Lin Yi', email: 'lin@example.com', password: 'correct horse battery' }

let browser: Browser
let upstream: Upstream
const complaints: string[] = []

beforeAll(async () => {
  ;[browser, upstream] = await Promise.all([launchBrowser(), startUpstream()])
})

afterEach(async () => {
  expect(complaints.splice(0)).toEqual([])
})

afterAll(async () => {
  await browser?.close()
  await upstream?.stop()
})

/** By the main navigation, as a person goes. */
async function go(page: Page, name: string) {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}

test.each(languages)('sets up, adds a key, a pool, an app and an app key (%s)', async (locale) => {
  const t = words(locale)
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const field = (name: string) => page.getByLabel(name, { exact: true })
  const system = await startSystem({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  const page = await openPage(browser, complaints, { locale })
  try {
    await page.goto(await setupLink(system))
    await field(t('account.name')).fill(owner.name)
    await field(t('account.email')).fill(owner.email)
    await field(t('account.password')).fill(owner.password)
    await field(t('account.repeat')).fill(owner.password)
    await button(t('setup.submit')).click()
    await page.waitForURL(`${system.address}/overview`)

    // Signs out and in again with what was chosen.
    await page.context().clearCookies()
    await signIn(page, system.address, owner)
    await page.waitForURL(`${system.address}/overview`)

    await page.getByRole('link', { name: t('firstSteps.addKey'), exact: true }).click()
    const form = page.getByRole('dialog', { name: t('keyForm.addTitle') })
    await form.getByRole('radio', { name: t('keyForm.custom') }).check()
    await field(t('keyForm.slug')).fill('local')
    await field(t('keyForm.baseUrl')).fill(upstream.baseUrl)
    await field(t('keyForm.name')).fill('main key')
    await field(t('keyForm.secret')).fill('sk-wrong-0123456789')
    await upstream.fault({ secret: 'sk-wrong-0123456789', status: 401 })
    await button(t('keyForm.test')).click()
    await page.getByText(t('keyTest.nextAuth')).waitFor()
    await field(t('keyForm.secret')).fill('sk-right-0123456789')
    await button(t('keyForm.testAndSave')).click()
    await page.getByText(t('keyForm.added', { name: 'main key' }), { exact: true }).waitFor()
    await form.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'main key' }).waitFor()

    await go(page, t('shell.pools'))
    await button(t('pools.add')).click()
    await field(t('pools.name')).fill('Shared')
    expect(await field(t('pools.slug')).inputValue()).toBe('shared')
    await button(t('pools.addKey')).click()
    await page.getByRole('menuitem', { name: 'main key local' }).click()
    await button(t('formParts.save')).click()
    await page.getByText(t('pools.added', { name: 'Shared' }), { exact: true }).waitFor()

    await go(page, t('shell.apps'))
    await button(t('appForm.add')).click()
    await field(t('appForm.name')).fill('web')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('appForm.create'), exact: true })
      .click()
    await page.waitForURL(/\/apps\/[0-9a-f-]{36}/)
    const rawKey = await issueAppKey(page, locale, 'server')
    const answer = await fetch(`${system.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'local/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    expect(answer.status).toBe(200)

    await page.reload()
    expect(await page.content()).not.toContain(rawKey)
    await go(page, t('shell.usage'))
    await page.getByRole('link', { name: t('usage.allRequests') }).click()
    await page.getByRole('row', { name: /local\/gpt-4o-mini/ }).waitFor()
  } finally {
    await page.context().close()
    await system.stop()
    await system.clean()
  }
})
