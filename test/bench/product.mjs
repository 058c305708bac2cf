import { pathToFileURL } from 'node:url'
import { compile } from '../support/compile.mjs'

/** The modules of the product that these export statements name. */
export async function load(name, exports) {
  return await import(pathToFileURL(await compile(`bench-${name}`, exports)).href)
}
