import { stringify } from 'csv-stringify/sync'
import { errorText, log } from '@/lib/log'

type Cell = string | number | boolean | null

/**
 * Rows as CSV; cells that a spreadsheet would run as formulas are defused, and those are quoted that one which separates
 * cells by semicolons or tabs would split.
 */
export function csv(columns: string[], rows: Record<string, Cell>[], header: boolean): string {
  return stringify(rows, {
    columns,
    header,
    escape_formulas: true,
    quoted_match: /[;\t]/,
    cast: { boolean: (value) => (value ? 'true' : 'false') },
  })
}

/** An answer that is made while it is sent, at the reader's pace. */
export function download(chunks: AsyncGenerator<string>, contentType: string, fileName: string): Response {
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        log.error({ error: errorText(error) }, 'a download broke off')
        controller.error(error)
      }
    },
    async cancel() {
      await chunks.return(undefined)
    },
  })
  return new Response(stream, {
    headers: {
      'content-type': contentType,
      'content-disposition': `attachment; filename="${fileName}"`,
      'cache-control': 'no-store',
    },
  })
}
