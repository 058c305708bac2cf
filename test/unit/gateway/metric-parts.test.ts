import fc from 'fast-check'
import { Counter, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { Distribution, Tallies } from '@/lib/gateway/metric-parts'

const bounds = [0.001, 0.01, 0.1, 1, 10]
const seconds = fc.oneof(fc.constantFrom(0, ...bounds), fc.double({ min: 0, max: 100, noNaN: true }))
const provider = fc.constantFrom('openai', 'deepseek', 'a"quoted\\one')

/** The lines of a scrape as a set of labels and value, by which order labels are printed not mattering. */
function series(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines
    .map((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      return `${name} ${labels.split(',').sort().join()} ${Number(Number(value).toPrecision(12))}`
    })
    .sort()
}

describe('what prom-client is handed', () => {
  it('is, for a histogram, what its own would have counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(provider, seconds), { maxLength: 200 }), async (values) => {
        const [ours, theirs] = [new Registry(), new Registry()]
        const distribution = new Distribution('call_seconds', 'Duration.', bounds)
        ours.registerMetric(distribution.metric)
        const labelNames = ['provider']
        const histogram = new Histogram({
          registers: [theirs],
          name: 'call_seconds',
          help: 'Duration.',
          buckets: bounds,
          labelNames,
        })
        for (const [provider, value] of values) {
          distribution.of(provider).add(value)
          histogram.observe({ provider }, value)
        }
        expect(series(await ours.metrics())).toEqual(series(await theirs.metrics()))
      }),
    )
  })

  it('is, for tallies, everything once, however often it is asked', async () => {
    const register = new Registry()
    const tallies = new Tallies()
    const counter = new Counter({
      registers: [register],
      name: 'calls_total',
      help: 'Calls.',
      labelNames: ['code'],
      collect: (): void => tallies.passTo(counter),
    })
    tallies.add('a', () => ({ code: 'a' }))
    tallies.add('a', () => ({ code: 'a' }))
    tallies.add('b', () => ({ code: 'b' }))
    await register.metrics()
    tallies.add('b', () => ({ code: 'b' }))
    await register.metrics()
    expect(series(await register.metrics())).toEqual(['calls_total code="a" 2', 'calls_total code="b" 2'])
  })
})
