/** Where a first call goes. */
export type SnippetTarget = { address: string; exampleModel: string }

/** A first call in three languages, complete with this address and this key. */
export function snippets({ address, exampleModel }: SnippetTarget, rawKey: string, greeting: string) {
  const base = `${address}/api/v1`
  // JSON texts are valid in Python and TypeScript too.
  const [model, content] = [JSON.stringify(exampleModel), JSON.stringify(greeting)]
  const body = `{"model": ${model}, "messages": [{"role": "user", "content": ${content}}]}`
  return {
    curl: [
      `curl ${base}/chat/completions \\`,
      `  -H "Authorization: Bearer ${rawKey}" \\`,
      `  -H "Content-Type: application/json" \\`,
      `  -d '${body.replaceAll("'", "'\\''")}'`,
    ].join('\n'),
    python: [
      '# pip install openai',
      'from openai import OpenAI',
      '',
      'client = OpenAI(',
      `    base_url="${base}",`,
      `    api_key="${rawKey}",`,
      ')',
      'answer = client.chat.completions.create(',
      `    model=${model},`,
      `    messages=[{"role": "user", "content": ${content}}],`,
      ')',
      'print(answer.choices[0].message.content)',
    ].join('\n'),
    typescript: [
      '// npm install openai',
      "import OpenAI from 'openai'",
      '',
      'const client = new OpenAI({',
      `  baseURL: '${base}',`,
      `  apiKey: '${rawKey}',`,
      '})',
      'const answer = await client.chat.completions.create({',
      `  model: ${model},`,
      `  messages: [{ role: 'user', content: ${content} }],`,
      '})',
      'console.log(answer.choices[0]?.message.content)',
    ].join('\n'),
  }
}
