/** `npm run akcp -- COMMAND`: what an operator does from a terminal. Finds the command, runs it, says what went wrong. */
import { parseArgs } from 'node:util'
import type { Database } from '@/lib/data/database'
import { type Env, env as readEnv } from '@/lib/env'
import { openDatabase } from './connect'
import { testFeishu } from './feishu-test'
import { showHealth } from './health'
import { switchKey } from './key-switch'
import { verifyLedger } from './ledger-verify'
import { liftStops, listStops, press } from './stops'

export type Options = {
  mode?: string
  rpm?: string
  models?: string
  minutes?: string
  reason?: string
  all?: boolean
}
export type Invocation = {
  database: Database
  env: Env
  args: string[]
  options: Options
  print: (line: string) => void
}

/** Returns the exit code: 0 when all is well. */
type Command = (invocation: Invocation) => Promise<number>

const commands: Record<string, Command> = {
  health: showHealth,
  'feishu:test': testFeishu,
  stop: press,
  stops: listStops,
  lift: liftStops,
  disable: (invocation) => switchKey(invocation, 'disable'),
  enable: (invocation) => switchKey(invocation, 'enable'),
  ledger: verifyLedger,
}

const help = `Usage: npm run akcp -- COMMAND

  health                      what runs, which keys are out, which alerts are open; exit code 1 when something is wrong
  feishu:test [CHANNEL]       send a test message to the bot in FEISHU_WEBHOOK_URL, or to a channel by its name
  stop SCOPE [NAME]           stop calls at once; SCOPE is global, tenant, project, feature, app, pool, provider or key
      --mode MODE             block (default), throttle, economy or downgrade
      --rpm N                 with throttle: calls a minute
      --models A,B            with economy: the models that go on
      --minutes N             lift it by itself after this long
      --reason TEXT           what callers are told
  stops                       list what is stopped
  lift ID | --all             lift a stop
  disable KEY                 stop using a provider key, by its name or id
  enable KEY                  use it again
  ledger verify [--all]       compare calls, rollups and budgets of yesterday and today, or all that is kept

It works on the database of the AKCP of this folder: DATABASE_URL, or the one that npm start runs in DATA_DIR.`

const optionForms = {
  mode: { type: 'string' },
  rpm: { type: 'string' },
  models: { type: 'string' },
  minutes: { type: 'string' },
  reason: { type: 'string' },
  all: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** What follows `npm run akcp --`; returns the exit code. Throws one line that says what is wrong. */
export async function runCommand(argv: string[], print: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    options: optionForms,
    allowPositionals: true,
    strict: true,
  })
  const { help: wantsHelp, ...options } = values
  const [name, ...args] = positionals
  if (wantsHelp || name === undefined || name === 'help') {
    print(help)
    return name === undefined && !wantsHelp ? 1 : 0
  }
  const command = commands[name]
  if (!command) throw new Error(`${name} is not a command; there are ${Object.keys(commands).join(', ')}`)
  const env = readEnv()
  const database = await openDatabase(env)
  try {
    return await command({ database, env, args, options, print })
  } finally {
    await database.close()
  }
}
