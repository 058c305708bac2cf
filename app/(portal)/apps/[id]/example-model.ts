import { allows, modelList } from '@/lib/registry/model-list'

/** What most providers' newcomers try first, by the pattern that a provider has for it. */
const usual = [
  'gpt-4o-mini',
  'deepseek-chat',
  'qwen-plus',
  'claude-haiku-4-5',
  'gemini-2.5-flash',
  'glm-4-flash',
]

/**
 * A model for the first call of an app that is likely to work: one that it may use and that there is. `known` holds
 * names and patterns of routes, providers and recent calls.
 */
export function exampleModel(allowed: string[], known: string[]): string {
  const mayUse = modelList(allowed)
  const patterns = modelList(known.filter((name) => name.endsWith('*')))
  const candidates = [
    ...known.filter((name) => !name.endsWith('*')),
    ...usual.filter((name) => patterns.prefixes.some((prefix) => name.startsWith(prefix))),
    ...allowed.filter((name) => !name.endsWith('*')),
  ]
  return candidates.find((name) => allows(mayUse, name)) ?? usual[0] ?? ''
}
