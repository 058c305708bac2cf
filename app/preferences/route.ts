import { isLanguage, languageCookie } from '@/lib/i18n/languages'
import { isTheme, themeCookie } from '@/lib/theme'
import { localPath } from '../local-path'

const yearInSeconds = 365 * 24 * 60 * 60

/** `GET /preferences?language=zh-CN&theme=dark` keeps the choice in cookies and goes back to the page it came from. */
export function GET(request: Request) {
  const query = new URL(request.url).searchParams
  const [language, theme] = [query.get('language'), query.get('theme')]
  const headers = new Headers({
    location: pathOf(request.headers.get('referer')),
    'cache-control': 'no-store',
  })
  if (isLanguage(language)) headers.append('set-cookie', cookie(languageCookie, language))
  if (isTheme(theme)) headers.append('set-cookie', cookie(themeCookie, theme))
  return new Response(null, { status: 303, headers })
}

function cookie(name: string, value: string) {
  return `${name}=${value}; Path=/; Max-Age=${yearInSeconds}; SameSite=Lax; HttpOnly`
}

/** The referrer's path on this site, whatever site it names. */
function pathOf(referrer: string | null) {
  if (!referrer || !URL.canParse(referrer)) return '/'
  const { pathname, search } = new URL(referrer)
  return localPath(pathname + search)
}
