/** `system` follows the browser's setting; the others are written to <html data-theme>. */
export const themes = ['system', 'light', 'dark'] as const

export type Theme = (typeof themes)[number]

export const themeCookie = 'akcp-theme'

export function isTheme(value: string | null | undefined): value is Theme {
  return themes.some((theme) => theme === value)
}
