import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csv } from '@/lib/admin/download'

const line = (cell: string | number | boolean | null) => csv(['a', 'b'], [{ a: cell, b: 'end' }], false)

describe('CSV', () => {
  it.each([
    ['plain', 'plain,end\n'],
    ['with, comma', '"with, comma",end\n'],
    ['with "quotes"', '"with ""quotes""",end\n'],
    ['two\nlines', '"two\nlines",end\n'],
    ['two\r\nlines', '"two\r\nlines",end\n'],
    ['模型，价格', '模型，价格,end\n'],
    ['', ',end\n'],
    [null, ',end\n'],
    [true, 'true,end\n'],
    [false, 'false,end\n'],
    [0.000001, '0.000001,end\n'],
    ['=1+1', "'=1+1,end\n"],
    ['=HYPERLINK("http://evil","x")', '"\'=HYPERLINK(""http://evil"",""x"")",end\n'],
    ['+1', "'+1,end\n"],
    ['-1', "'-1,end\n"],
    ['@SUM(A1)', "'@SUM(A1),end\n"],
    ['\t=1', '"\'\t=1",end\n'],
    ['\r=1', '"\'\r=1",end\n'],
    ['＝1+1', "'＝1+1,end\n"],
    ['a;=1+1', '"a;=1+1",end\n'],
    ['a\t=1+1', '"a\t=1+1",end\n'],
  ])('writes %j', (cell, expected) => {
    expect(line(cell)).toBe(expected)
  })

  it('starts with the names of the columns', () => {
    expect(csv(['a', 'b'], [], true)).toBe('a,b\n')
  })

  it('reads back as it was, but for the quote before a formula', () => {
    const anyCell = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[=+@,;"\n\r\t-]{0,3}[a-z,";\n]{0,5}$/),
      fc.string({ unit: 'grapheme' }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(anyCell, anyCell), { minLength: 1 }), (rows) => {
        const text = csv(
          ['a', 'b'],
          rows.map(([a, b]) => ({ a, b })),
          false,
        )
        expect(parse(text)).toEqual(rows.map((cells) => cells.map(defused)))
      }),
    )
  })
})

function defused(cell: string): string {
  return /^[=+\-@\t\r＝＋－＠]/.test(cell) ? `'${cell}` : cell
}

/** A reader as RFC 4180 describes it, with line feeds between lines. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let cells: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n)/y
  while (cell.lastIndex < text.length) {
    const [, quoted, plain = '', end] = cell.exec(text) ?? []
    if (end === undefined) throw new Error(`not CSV: ${JSON.stringify(text)}`)
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === '\n') {
      rows.push(cells)
      cells = []
    }
  }
  return rows
}
