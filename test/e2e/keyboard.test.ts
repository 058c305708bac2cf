/** From signing in to a call that works, without a mouse. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser'
import { openPage, words } from '../support/portal'
import { type Running, startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'

const owner = { email: 'lin@example.com', password: 'correct horse battery' }
const t = words('en')

let browser: Browser
let upstream: Upstream
let system: Running
let page: Page
const complaints: string[] = []

beforeAll(async () => {
  ;[browser, upstream] = await Promise.all([launchBrowser(), startUpstream()])
  system = await startSystem({
    AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
    AKCP_OWNER_EMAIL: owner.email,
    AKCP_OWNER_PASSWORD: owner.password,
  })
  page = await openPage(browser, complaints, { locale: 'en-US' })
})

afterAll(async () => {
  await browser?.close()
  await upstream?.stop()
  await system?.stop()
  await system?.clean()
})

/** What a screen reader calls the element that has the focus: close enough for our own pages. */
const focusedName = () =>
  page.evaluate(() => {
    const element = document.activeElement
    if (element === document.body) return ''
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
    return (element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '').trim()
  })

/** Presses Tab until what has the focus is called `name`. */
async function tabTo(name: string, presses = 60) {
  const passed: string[] = []
  for (let count = 0; count < presses; count++) {
    await page.keyboard.press('Tab')
    const current = await focusedName()
    if (current === name) return
    passed.push(current)
  }
  throw new Error(`Tab does not reach ${name}, only: ${passed.join(' · ')}`)
}

async function activate(name: string, key = 'Enter') {
  await tabTo(name)
  await page.keyboard.press(key)
}

async function type(name: string, text: string) {
  await tabTo(name)
  await page.keyboard.type(text)
}

/** The heading is there, and so is React. */
async function arrive(heading: string) {
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
  await page.waitForLoadState('networkidle')
}

async function goTo(name: string) {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await activate(name)
  await arrive(name)
}

test('a key, a pool, an app and an app key are set up with the keyboard alone', async () => {
  await page.goto(`${system.address}/sign-in`, { waitUntil: 'networkidle' })
  await type(t('signIn.email'), owner.email)
  await type(t('signIn.password'), owner.password)
  await page.keyboard.press('Enter')
  await arrive(t('overview.title'))

  await activate(t('firstSteps.addKey'))
  const keyForm = page.getByRole('dialog', { name: t('keyForm.addTitle') })
  await keyForm.waitFor()
  const custom = keyForm.getByRole('radio', { name: t('keyForm.custom') })
  for (let presses = 0; presses < 40 && !(await custom.isChecked()); presses++) {
    await page.keyboard.press('ArrowDown')
  }
  await type(t('keyForm.slug'), 'local')
  await type(t('keyForm.baseUrl'), upstream.baseUrl)
  await type(t('keyForm.name'), 'main key')
  await type(t('keyForm.secret'), 'sk-right-0123456789')
  await page.keyboard.press('Enter')
  await page.getByText(t('keyForm.added', { name: 'main key' }), { exact: true }).waitFor()
  await keyForm.waitFor({ state: 'detached' })

  await goTo(t('shell.pools'))
  await activate(t('pools.add'))
  const poolForm = page.getByRole('dialog', { name: t('pools.addTitle') })
  await poolForm.waitFor()
  await page.keyboard.type('Shared')
  // A menu inside the form: Escape closes the menu alone, and the focus goes back to its button.
  await activate(t('pools.addKey'), ' ')
  await page.getByRole('menuitem').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
  await expect.poll(focusedName).toBe(t('pools.addKey'))
  await page.keyboard.press('ArrowDown')
  await page.getByRole('menuitem', { name: 'main key' }).waitFor()
  await page.keyboard.press('Enter')
  await activate(t('formParts.save'))
  await page.getByText(t('pools.added', { name: 'Shared' }), { exact: true }).waitFor()
  await poolForm.waitFor({ state: 'detached' })

  await goTo(t('shell.apps'))
  await activate(t('appForm.add'))
  await page.getByRole('dialog', { name: t('appForm.addTitle') }).waitFor()
  await page.keyboard.type('web')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/apps\/[0-9a-f-]{36}/)
  const issue = page.getByRole('dialog', { name: t('issueKey.title', { app: 'web' }) })
  await issue.waitFor()
  await expect.poll(focusedName).toBe(t('issueKey.name'))
  await page.keyboard.type('server')
  await page.keyboard.press('Enter')
  const shown = page.getByRole('dialog', { name: t('rawKey.title', { name: 'server' }) })
  const rawKey = (await shown.getByText(/^akcp_\w+$/).textContent())?.trim()
  // Tabs of snippets go by arrow.
  await tabTo('curl')
  await page.keyboard.press('ArrowRight')
  await shown.getByText('pip install openai').waitFor()
  await page.keyboard.press('Escape')
  await shown.waitFor({ state: 'detached' })

  const answer = await fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'local/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  expect(answer.status).toBe(200)
  expect(complaints).toEqual([])
})
