import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `npm run pictures`: no tests of the product, so they run on their own. */
export default defineConfig({
  root,
  resolve: { alias: { '@': root.replace(/[/\\]$/, '') } },
  test: { include: ['test/e2e/pictures.ts'], testTimeout: 300_000, hookTimeout: 180_000 },
})
