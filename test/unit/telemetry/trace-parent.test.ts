import { describe, expect, it } from 'vitest'
import { parentOf } from '@/lib/telemetry/trace-parent'

const trace = '0af7651916cd43dd8448eb211c80319c'
const span = 'b7ad6b7169203331'

describe('the traceparent of a caller', () => {
  it.each([
    [`00-${trace}-${span}-01`, 1],
    [`00-${trace}-${span}-00`, 0],
    [`00-${trace}-${span}-03`, 1],
    // A later version may add to it.
    [`01-${trace}-${span}-01-more`, 1],
  ])('%s names its span', (header, traceFlags) => {
    expect(parentOf(header)).toEqual({ traceId: trace, spanId: span, traceFlags, isRemote: true })
  })

  it.each([
    null,
    '',
    'nonsense',
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `ff-${trace}-${span}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${span}-01, 00-${trace}-${span}-01`,
  ])('%s names none', (header) => {
    expect(parentOf(header)).toBeNull()
  })
})
