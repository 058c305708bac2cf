/**
 * Mends postgres.js 3.4.9, of which a connection that breaks at a bad moment ends the process or stays useless for good
 * (porsager/postgres #1154, #1208; none of the fixes that were proposed there has been released). `npm run chaos`, row 5,
 * shows all three. To be removed with the first version that needs none of it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Both forms of the package: of ES modules, and of CommonJS. */
const files = ['src/connection.js', 'cjs/src/connection.js']

const mended = [
  {
    // A write waits for its turn while the socket closes: it threw where nobody can catch it.
    find: `  function nextWrite(fn) {
`,
    add: `    if (!socket) {
      clearImmediate(nextWriteTimer)
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options, socket))
      return false
    }
`,
  },
  {
    // What was not written to the old socket was written to the next one, or nothing was ever again.
    find: `    clearImmediate(nextWriteTimer)
    if (socket) {
`,
    add: `      chunk = nextWriteTimer = null
`,
  },
  {
    find: `    incoming = Buffer.alloc(0)
    remaining = 0
    incomings = null
    clearImmediate(nextWriteTimer)
`,
    add: `    chunk = nextWriteTimer = null
`,
  },
  {
    // Nobody holds the promise of this query; the statement that wanted the connection hears of the break itself.
    find: `        return fetchArrayTypes()`,
    add: `.catch(() => {})`,
  },
]

/** Throws when the package has changed. Does nothing the second time; false when it may not be written. */
export function mendPostgres(folder = 'node_modules/postgres') {
  for (const name of files) {
    const file = join(folder, name)
    const text = readFileSync(file, 'utf8')
    const whole = mend(text)
    if (whole !== text && !replace(file, whole)) return false
  }
  return true
}

/**
 * By a new file, as other starts may read the old one now, and copies of the folder may share it.
 * @param {string} file
 * @param {string} text
 */
function replace(file, text) {
  try {
    writeFileSync(`${file}.${process.pid}`, text)
    renameSync(`${file}.${process.pid}`, file)
    return true
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? ''))
      return false
    throw error
  }
}

/** @param {string} text */
function mend(text) {
  let whole = text
  for (const { find, add } of mended) {
    if (whole.includes(find + add)) continue
    if (whole.split(find).length !== 2) {
      throw new Error(
        'the package postgres has changed: see whether lib/server/mend-postgres.mjs is still needed',
      )
    }
    whole = whole.replace(find, () => find + add)
  }
  return whole
}
