import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { wrongNamespaces } from '@/lib/i18n/client-namespaces.mjs'

/** What is wrong with a small app whose `/keys` sends these namespaces to the browser. */
function problems(keysList: string) {
  const root = mkdtempSync(join(tmpdir(), 'akcp-namespaces-'))
  const files = Object.entries({
    'app/layout.tsx': `<ClientMessages namespaces={['error']}>`,
    'app/error.tsx': `'use client'\nconst t = useTranslations('error')`,
    'app/keys/layout.tsx': `<ClientMessages\n  namespaces={[${keysList}]}\n>`,
    'app/keys/page.tsx': `import { Form } from '@/components/form'\nconst t = useTranslations('server')`,
    'components/form.tsx': `'use client'\nimport { words } from './words'\nimport type { X } from './unused'\nconst t = useTranslations('form')`,
    'components/words.ts': `const t = useTranslations('words')`,
    'components/unused.tsx': `'use client'\nconst t = useTranslations('unused')`,
  }).map(([name, text]) => {
    const file = join(root, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  })
  return wrongNamespaces(root, files)
}

test('a list that has what client components use, through other files too, is right', () => {
  expect(problems(`'form', 'words'`)).toEqual([])
})

test('a namespace that is missing and one that nobody uses are named', () => {
  expect(problems(`'form', 'server'`)).toEqual([
    'app/keys/layout.tsx: ClientMessages lacks words',
    'app/keys/layout.tsx: ClientMessages does not need server',
  ])
})
