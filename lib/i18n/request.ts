import { cookies, headers } from 'next/headers'
import { getRequestConfig } from 'next-intl/server'
import { chooseLanguage, languageCookie } from './languages'
import { en } from './messages/en'
import { zhCN } from './messages/zh-cn'

const messages = { en, 'zh-CN': zhCN }

export default getRequestConfig(async () => {
  const locale = chooseLanguage(
    (await cookies()).get(languageCookie)?.value,
    (await headers()).get('accept-language'),
  )
  return { locale, messages: messages[locale], timeZone: 'UTC' }
})
