// The order matters: Edge also calls itself Chrome, and Chrome Safari.
const browsers: [RegExp, string][] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|Opera/, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/(Headless)?Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
]

/** Such as "Firefox · Linux"; what is not a known browser is shown as it is. */
export function describeUserAgent(text: string): string {
  const first = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(text))?.[1]
  const browser = first(browsers)
  if (!browser) return text.slice(0, 60) || '—'
  return [browser, first(systems)].filter(Boolean).join(' · ')
}
