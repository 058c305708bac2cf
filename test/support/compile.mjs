/** Modules of the product, compiled for a program that is not part of it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * `contents`: TypeScript, as it would stand in a file of the root folder. Returns the file made of it.
 * @param {string} name
 * @param {string} contents
 */
export async function compile(name, contents) {
  const outfile = join(root, `dist/${name}.mjs`)
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile,
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
  })
  await stop()
  return outfile
}
