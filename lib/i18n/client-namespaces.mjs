/**
 * Compares the lists of `<ClientMessages namespaces={[…]}>` with what client components use: a missing one would show
 * the names of texts in the browser, one too many is sent for nothing.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const lists = /<ClientMessages\s+namespaces=\{\[([^\]]*)\]\}/

/**
 * What is wrong with the lists, in words.
 * @param {string} root
 * @param {string[]} files all sources with their paths
 */
export function wrongNamespaces(root, files) {
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
  /** @type {Map<string, Set<string>>} */
  const needed = new Map()
  for (const file of files.filter((name) => /\/(page|layout|error|not-found)\.tsx$/.test(name))) {
    const provider = providerOf(file, texts)
    const used = needed.get(provider) ?? new Set()
    for (const name of usedByClient(file, { root, texts })) used.add(name)
    needed.set(provider, used)
  }
  return [...needed].flatMap(([provider, used]) => {
    const listed = [...(lists.exec(texts.get(provider) ?? '')?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
      ([, name]) => name,
    )
    const where = `${relative(root, provider)}: ClientMessages`
    return [
      ...[...used].filter((name) => !listed.includes(name)).map((name) => `${where} lacks ${name}`),
      ...listed.filter((name) => !used.has(name)).map((name) => `${where} does not need ${name}`),
    ]
  })
}

/**
 * The file itself when it has a list, else the nearest layout around it that has one.
 * @param {string} file
 * @param {Map<string, string>} texts
 */
function providerOf(file, texts) {
  if (lists.test(texts.get(file) ?? '')) return file
  for (let folder = dirname(file); folder.length > 1; folder = dirname(folder)) {
    const layout = join(folder, 'layout.tsx')
    if (layout !== file && lists.test(texts.get(layout) ?? '')) return layout
  }
  return file
}

/**
 * @param {string} file
 * @param {{ root: string, texts: Map<string, string> }} sources
 */
function usedByClient(file, sources) {
  const isClient = (/** @type {string} */ name) => /^'use client'/.test(sources.texts.get(name) ?? '')
  const inBrowser = reached([...reached([file], sources)].filter(isClient), sources)
  return [...inBrowser].flatMap((name) =>
    [...(sources.texts.get(name) ?? '').matchAll(/useTranslations\('([\w.]+)'\)/g)].map(
      (match) => match[1] ?? '',
    ),
  )
}

/**
 * The files and everything they import, types left out.
 * @param {string[]} files
 * @param {{ root: string, texts: Map<string, string> }} sources
 */
function reached(files, { root, texts }) {
  const seen = new Set(files)
  for (const file of seen) {
    const imports = (texts.get(file) ?? '').matchAll(
      /^(?:import|export) (?!type )[^']*from '([^']+)'|import\('([^']+)'\)/gm,
    )
    for (const [, named, later] of imports) {
      const path = named ?? later ?? ''
      const target = path.startsWith('@/') ? join(root, path.slice(2)) : join(dirname(file), path)
      for (const ending of ['.ts', '.tsx']) if (texts.has(target + ending)) seen.add(target + ending)
    }
  }
  return seen
}
