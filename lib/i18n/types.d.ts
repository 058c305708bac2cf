import type { formats } from './formats'
import type { Language } from './languages'
import type { en } from './messages/en'

declare module 'next-intl' {
  interface AppConfig {
    Locale: Language
    Messages: typeof en
    Formats: typeof formats
  }
}
