/**
 * What `npm start` prints: one line a step, with the time it took. No dependencies: it runs before they exist.
 */
let openLine = false

/** @param {string} text */
function write(text) {
  process.stdout.write(text)
}

/**
 * One line of its own.
 * @param {string} text
 */
export function say(text) {
  write(`${openLine ? '\n' : ''}akcp  ${text}\n`)
  openLine = false
}

/**
 * Says what is being done, does it, adds the seconds it took.
 * @template T
 * @param {string} text
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(text, work) {
  const start = performance.now()
  if (openLine) write('\n')
  write(`akcp  ${text} …`)
  openLine = true
  const result = await work()
  const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`
  write(openLine ? ` ${seconds}\n` : `akcp  ${text}: ${seconds}\n`)
  openLine = false
  return result
}

/**
 * One line on stderr that says why we stop.
 * @param {unknown} error
 */
export function complain(error) {
  if (openLine) write('\n')
  openLine = false
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`akcp: ${text.trim().replaceAll('\n', ' | ')}\n`)
}
