/** What a call counts, as plain numbers, and how prom-client gets them when it is asked. */
import type { Counter, Metric } from 'prom-client'

type Labels = Record<string, string>

/** How often each combination of labels was counted since the last scrape. */
export class Tallies {
  private readonly tallies = new Map<string, { labels: Labels; count: number }>()

  /** `name` tells combinations apart; `labels` is asked for new ones only. */
  add(name: string, labels: () => Labels): void {
    const tally = this.tallies.get(name)
    if (tally) tally.count++
    else this.tallies.set(name, { labels: labels(), count: 1 })
  }

  passTo(counter: Counter): void {
    for (const tally of this.tallies.values()) {
      counter.inc(tally.labels, tally.count)
      tally.count = 0
    }
  }
}

/** Values by bucket: `counts` has one place more than `bounds`, for what is above them all. */
export class Buckets {
  readonly counts: number[]
  sum = 0

  constructor(private readonly bounds: number[]) {
    this.counts = new Array(bounds.length + 1).fill(0)
  }

  add(value: number): void {
    let at = 0
    while (value > (this.bounds[at] ?? Number.POSITIVE_INFINITY)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}

/** A histogram by provider. Its own registry entry: one of prom-client takes single observations only. */
export class Distribution {
  private readonly byProvider = new Map<string, Buckets>()

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly bounds: number[],
  ) {}

  of(provider: string): Buckets {
    const buckets = this.byProvider.get(provider) ?? new Buckets(this.bounds)
    this.byProvider.set(provider, buckets)
    return buckets
  }

  /** What a registry asks a metric for; it is declared to take prom-client's own classes only. */
  get metric(): Metric {
    const { name, help } = this
    return {
      name,
      get: async () => ({ name, help, type: 'histogram', values: this.values() }),
    } as unknown as Metric
  }

  private values() {
    const { name, bounds } = this
    return [...this.byProvider].flatMap(([provider, { counts, sum }]) => {
      let count = 0
      const buckets = counts.map((more, at) => {
        count += more
        return {
          metricName: `${name}_bucket`,
          labels: { le: String(bounds[at] ?? '+Inf'), provider },
          value: count,
        }
      })
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels: { provider }, value: sum },
        { metricName: `${name}_count`, labels: { provider }, value: count },
      ]
    })
  }
}
