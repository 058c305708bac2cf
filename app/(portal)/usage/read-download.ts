const lineFeed = 10
const progressMs = 100

export type Downloaded = { parts: Uint8Array<ArrayBuffer>[]; lines: number }

/**
 * The whole body of an answer; `onProgress` hears of bytes and line ends as they come. Throws when the answer is not
 * a success or breaks off.
 */
export async function readAll(
  response: Response,
  onProgress: (bytes: number, lines: number) => void,
): Promise<Downloaded> {
  if (!response.ok || !response.body) throw new Error(`the server answered with status ${response.status}`)
  const parts: Uint8Array<ArrayBuffer>[] = []
  let [bytes, lines, told] = [0, 0, 0]
  const reader = response.body.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parts.push(read.value)
    bytes += read.value.length
    for (const byte of read.value) if (byte === lineFeed) lines++
    if (performance.now() - told > progressMs) {
      told = performance.now()
      onProgress(bytes, lines)
    }
  }
  return { parts, lines }
}

/** The lines of a CSV without its header. */
export function countRows(lines: number): number {
  return Math.max(0, lines - 1)
}
