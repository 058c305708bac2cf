/** What the launcher passes on: see terminal.mjs. */
export type Terminal = typeof import('./terminal.mjs')
