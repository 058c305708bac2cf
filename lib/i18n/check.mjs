/**
 * Fails with a list when the message files differ in keys or placeholders, when a message is empty or cannot be
 * parsed, when no source file uses it, and when a page does not send to the browser what its components use. (Keys that code uses and that do not exist are type errors.)
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, TYPE } from '@formatjs/icu-messageformat-parser'
import { wrongNamespaces } from './client-namespaces.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'lib/i18n/messages')
const [reference, ...others] = ['en', 'zh-CN'].map((file) => ({ file, messages: read(file) }))
const used = usedKeys()
const problems = [
  ...[reference, ...others].flatMap(({ file, messages }) => malformed(file, messages)),
  ...others.flatMap(differences),
  ...[...reference.messages.keys()]
    .filter((key) => !used.has(key))
    .map((key) => `${key}: no source file uses it`),
  ...wrongNamespaces(root, sources(['app', 'components'])),
]
for (const problem of problems) console.error(`messages: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0

/**
 * All files of a language together.
 * @param {string} language
 */
function read(language) {
  const files = readdirSync(join(folder, language)).map((name) => join(folder, language, name))
  return new Map(files.flatMap((file) => flatten(JSON.parse(readFileSync(file, 'utf8')))))
}

/**
 * @param {Record<string, unknown>} messages
 * @returns {[string, string][]}
 */
function flatten(messages, prefix = '') {
  return Object.entries(messages).flatMap(([name, value]) =>
    typeof value === 'string' ? [[prefix + name, value]] : flatten(Object(value), `${prefix}${name}.`),
  )
}

/**
 * @param {string} file
 * @param {Map<string, string>} messages
 */
function malformed(file, messages) {
  return [...messages].flatMap(([key, text]) => {
    if (text.trim() === '') return [`${key}: empty in ${file}`]
    try {
      placeholders(text)
      return []
    } catch (error) {
      return [`${key}: ${file} has no valid message: ${error instanceof Error ? error.message : error}`]
    }
  })
}

/** @param {{ file: string, messages: Map<string, string> }} other */
function differences({ file, messages }) {
  const keys = new Set([...reference.messages.keys(), ...messages.keys()])
  return [...keys].flatMap((key) => {
    const [expected, actual] = [reference.messages.get(key), messages.get(key)]
    if (expected === undefined) return [`${key}: only in ${file}`]
    if (actual === undefined) return [`${key}: missing in ${file}`]
    const [wanted, found] = [readable(expected), readable(actual)]
    return wanted === found
      ? []
      : [`${key}: ${file} has the placeholders ${found}, ${reference.file} ${wanted}`]
  })
}

/** @param {string} text */
function readable(text) {
  try {
    return [...new Set(placeholders(text))].sort().join(' ') || '(none)'
  } catch {
    return '(unreadable)'
  }
}

/**
 * Names and kinds of arguments and tags; plural forms may differ, languages have different ones.
 * @param {string} text
 */
function placeholders(text) {
  /** @type {(elements: import('@formatjs/icu-messageformat-parser').MessageFormatElement[]) => string[]} */
  const walk = (elements) =>
    elements.flatMap((element) => {
      if (element.type === TYPE.literal || element.type === TYPE.pound) return []
      const inner =
        element.type === TYPE.tag
          ? walk(element.children)
          : 'options' in element
            ? Object.values(element.options).flatMap((option) => walk(option.value))
            : []
      return [`${element.type === TYPE.tag ? '<>' : `{${TYPE[element.type]}}`} ${element.value}`, ...inner]
    })
  return walk(parse(text))
}

/** Every `useTranslations('a')` or `getTranslations('a')` of a file with every `t('b')` in it: computed keys are not seen. */
function usedKeys() {
  const keys = new Set()
  for (const file of sources(['app', 'components'])) {
    const text = readFileSync(file, 'utf8')
    const namespaces = [...text.matchAll(/(?:use|get)Translations\('([\w.]+)'\)/g)].map((match) => match[1])
    for (const namespace of namespaces) {
      for (const [, key] of text.matchAll(/\bt(?:\.\w+)?\(\s*'([\w.]+)'/g)) keys.add(`${namespace}.${key}`)
    }
  }
  return keys
}

/** @param {string[]} folders */
function sources(folders) {
  return folders.flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => join(root, name, file)),
  )
}
