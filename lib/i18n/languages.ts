/** The portal's languages, the default first. */
export const languages = ['en', 'zh-CN'] as const

export type Language = (typeof languages)[number]

/** Each in its own language. */
export const languageNames: Record<Language, string> = { en: 'English', 'zh-CN': '中文' }

export const languageCookie = 'akcp-language'

export function isLanguage(value: string | null | undefined): value is Language {
  return languages.some((language) => language === value)
}

/** The cookie's language, else the first that `Accept-Language` asks for and we have, else English. */
export function chooseLanguage(cookie: string | undefined, acceptLanguage: string | null): Language {
  if (isLanguage(cookie)) return cookie
  const wanted = (acceptLanguage ?? '').split(',').map(weightedTag)
  wanted.sort((a, b) => b.weight - a.weight)
  for (const { tag, weight } of wanted) {
    if (weight <= 0) continue
    const found = languages.find((language) => language.split('-')[0] === tag.split('-')[0])
    if (found) return found
  }
  return languages[0]
}

function weightedTag(part: string) {
  const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = quality ? Number(quality.slice(2)) : 1
  return { tag, weight: Number.isNaN(weight) ? 0 : weight }
}
