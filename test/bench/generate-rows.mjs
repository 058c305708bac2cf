/**
 * Fills a ledger for measuring: `node test/bench/generate-rows.mjs FOLDER [ROWS] [DAYS]`. FOLDER becomes a data folder
 * with its own PostgreSQL, as `DATA_DIR=FOLDER npm start` uses it. Ten million rows take a quarter of an hour and 21
 * gigabytes.
 */
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from './product.mjs'
import { charges, registry, rows } from './rows.sql.mjs'

const dayMs = 86_400_000
const [folder, total = '10000000', days = '90'] = process.argv.slice(2)
if (!folder || !(Number(total) > 0) || !(Number(days) > 0)) {
  console.error('usage: node test/bench/generate-rows.mjs FOLDER [ROWS] [DAYS]')
  process.exit(2)
}
const root = fileURLToPath(new URL('../..', import.meta.url))
process.chdir(root)
if (existsSync(join(folder, 'postgres')))
  throw new Error(`${folder} has a database already: name a new folder`)
mkdirSync(folder, { recursive: true })
chmodSync(folder, 0o755) // PostgreSQL runs as another user when this runs as root.

const product = await load(
  'rows',
  `
  export { connect } from '@/lib/data/database'
  export { rollUp, rollupColumns } from '@/lib/data/ledger'
  export { parseEnv } from '@/lib/env'
  export { summariseUsage } from '@/lib/ledger/summaries'
  export { prepareDatabase } from '@/lib/server/prepare-database'
  export { loadKeys } from '@/lib/server/keys'`,
)
const ends = []
const env = product.parseEnv({ DATA_DIR: folder })
const terminal = { say: console.log, step: (_, work) => work() }
const { masterKey } = product.loadKeys(env)
const urls = await product.prepareDatabase(env, masterKey, terminal, { add: (_, end) => ends.push(end) })
const database = product.connect(urls.gateway, { max: 1, name: 'akcp bench' })
try {
  await fill(database.sql)
} finally {
  await database.close()
  for (const end of ends) await end()
}

async function fill(sql) {
  const now = Date.now()
  const from = now - days * dayMs
  await sql`set synchronous_commit = off`
  await sql.unsafe(registry)
  await sql`select ensure_request_partitions(${new Date(from).toISOString()}::timestamptz, ${Math.ceil(days / 28) + 2})`
  const perMs = total / (now - from)
  let made = 0
  for (let start = from; start < now; ) {
    const end = Math.min((Math.floor(start / dayMs) + 1) * dayMs, now)
    const range = [new Date(start).toISOString(), new Date(end).toISOString()]
    const wanted = Math.round((end - from) * perMs) - made
    await sql.unsafe(rows, [...range, wanted])
    await sql.unsafe(`insert into rollups (${product.rollupColumns})
      ${product.rollUp(`requests where ts >= '${range[0]}' and ts < '${range[1]}'`)} order by bucket`)
    await sql.unsafe(charges, range)
    made += wanted
    start = end
    console.log(`${made} rows until ${range[1]}, ${Math.round((Date.now() - now) / 1000)} s`)
  }
  await sql`vacuum analyze requests, rollups`
  console.log('summing up hours, days and months')
  await product.summariseUsage(database, Number.POSITIVE_INFINITY)
  await sql`vacuum analyze summaries, summary_seals`
}
