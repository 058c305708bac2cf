/** Modules of the product, compiled for a program that is not part of it. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, stop } from 'esbuild'
import { root } from './programs.mjs'

/** `exports`: export statements, as they would stand in a file of test/bench. */
export async function load(name, exports) {
  const outfile = join(root, `dist/bench-${name}.mjs`)
  await build({
    stdin: { contents: exports, resolveDir: join(root, 'test/bench'), loader: 'ts' },
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
  return await import(pathToFileURL(outfile).href)
}
