import { cookies, headers } from 'next/headers'
import { getRequestConfig } from 'next-intl/server'
import { readOrganisation } from '@/lib/organisation'
import { formats } from './formats'
import { chooseLanguage, languageCookie } from './languages'
import { en } from './messages/en'
import { zhCN } from './messages/zh-cn'

const messages = { en, 'zh-CN': zhCN }

export default getRequestConfig(async () => {
  const locale = chooseLanguage(
    (await cookies()).get(languageCookie)?.value,
    (await headers()).get('accept-language'),
  )
  return { locale, messages: messages[locale], formats, timeZone: await timeZone() }
})

/** The organisation's; pages that need no database are shown without one. */
async function timeZone(): Promise<string> {
  try {
    return (await readOrganisation()).time_zone
  } catch {
    return 'UTC'
  }
}
