import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, chmod, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A headless Chromium: `CHROMIUM_PATH`, else one that is installed, else on Linux the one from npm. */
export async function launchBrowser(): Promise<Browser> {
  const reasons: string[] = []
  for (const find of candidates()) {
    try {
      return await chromium.launch({ args, ...(await find()) })
    } catch (error) {
      reasons.push(String(error).split('\n').slice(0, 3).join(' '))
    }
  }
  throw new Error(
    `no browser could be started; install Chrome or set CHROMIUM_PATH to one.\n${reasons.join('\n')}`,
  )
}

function candidates(): (() => LaunchOptions | Promise<LaunchOptions>)[] {
  const { CHROMIUM_PATH, PATH = '' } = process.env
  if (CHROMIUM_PATH) return [() => ({ executablePath: CHROMIUM_PATH })]
  const onPath = PATH.split(delimiter).flatMap((folder) =>
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)),
  )
  return [
    () => ({ channel: 'chrome' }),
    ...onPath.filter(existsSync).map((executablePath) => () => ({ executablePath })),
    () => ({ channel: 'msedge' }),
    ...(process.platform === 'linux' ? [unpackedChromium] : []),
  ]
}

/**
 * @sparticuz/chromium unpacks into the temporary folder, with the shared libraries that bare machines lack only
 * where it believes to run on AWS. So it runs once in a process of its own with both set, into a folder of ours.
 */
async function unpackedChromium(): Promise<LaunchOptions> {
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  const { version } = JSON.parse(await readFile(join(modules, '@sparticuz/chromium/package.json'), 'utf8'))
  const folder = join(modules, '.cache', `chromium-${version}`)
  if (!existsSync(folder)) await unpack(folder)
  const executablePath = join(folder, 'chromium')
  await access(executablePath)
  const environment = { ...process.env, LD_LIBRARY_PATH: join(folder, 'al2023/lib') }
  const fonts = existsSync('/etc/fonts') ? {} : { FONTCONFIG_PATH: join(folder, 'fonts') }
  return { executablePath, env: { ...environment, ...fonts } }
}

/** Under another name first: a second process, or one that was stopped half-way, must not leave half a browser. */
async function unpack(folder: string) {
  const unfinished = `${folder}.${process.pid}`
  await mkdir(unfinished, { recursive: true })
  await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', "await (await import('@sparticuz/chromium')).default.executablePath()"],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    },
  )
  await chmod(join(unfinished, 'chromium'), 0o755)
  try {
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}
