import { expect, it } from 'vitest'
import { countRows, readAll } from '@/app/(portal)/usage/read-download'

function answer(parts: (string | Error)[], status = 200): Response {
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift()
      if (part === undefined) controller.close()
      else if (part instanceof Error) controller.error(part)
      else controller.enqueue(new TextEncoder().encode(part))
    },
  })
  return new Response(stream, { status })
}

it('keeps every byte and counts rows across chunks', async () => {
  const told: number[] = []
  const { parts, lines } = await readAll(answer(['a,b\n1,', '2\n3', ',你\n']), (bytes) => told.push(bytes))
  expect(await new Blob(parts).text()).toBe('a,b\n1,2\n3,你\n')
  expect(countRows(lines)).toBe(2)
  expect(told[0]).toBe(6)
})

it('fails when the answer breaks off or is no success, instead of saving half a file', async () => {
  await expect(readAll(answer(['a\n', new Error('gone')]), () => {})).rejects.toThrow('gone')
  await expect(readAll(answer(['{}'], 500), () => {})).rejects.toThrow('500')
})
