/** The ids of an OpenAI-compatible model list; empty when it is none. Gemini writes `models/` before its own. */
export function modelIds(body: Buffer): string[] {
  let answer: unknown
  try {
    answer = JSON.parse(body.toString('utf8'))
  } catch {
    return []
  }
  const data = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : null
  if (!Array.isArray(data)) return []
  return data.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string'
      ? [entry.id.replace(/^models\//, '')]
      : [],
  )
}
