import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** The secret in `file`; made and written first when there is none. Readable by its owner only, whole or not there. */
export function keepSecret(file: string, make: () => string): string {
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, make(), { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
  }
  return readFileSync(file, 'utf8').trim()
}
