import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { mendPostgres } from '@/lib/server/mend-postgres.mjs'

const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-postgres-js-'))
afterAll(() => rmSync(folder, { recursive: true }))
const files = ['src/connection.js', 'cjs/src/connection.js'].map((name) => join(folder, name))
const read = () => files.map((file) => readFileSync(file, 'utf8'))

it('mends both forms of the installed package, once', () => {
  cpSync('node_modules/postgres', folder, { recursive: true })
  mendPostgres(folder)
  const mended = read()
  for (const text of mended) {
    expect(text).toContain('return fetchArrayTypes().catch(() => {})')
    expect(text.split('chunk = nextWriteTimer = null')).toHaveLength(5)
    expect(text.split('if (!socket) {')).toHaveLength(2)
  }
  mendPostgres(folder)
  expect(read()).toEqual(mended)
})

it('refuses a package that it does not know', () => {
  writeFileSync(files[0] ?? '', 'export default function Connection() {}')
  expect(() => mendPostgres(folder)).toThrow('postgres has changed')
})
