/**
 * How busy each key is with each model, for `least_latency`: a moving average that follows a slower answer at once and a
 * faster one slowly (peak EWMA), times the calls in flight.
 */
const decayMs = 10_000
/** Of a key whose first answer is still awaited: others are better known. */
const unknownMs = 60_000

/** Clients can invent any number of model names. */
const entriesMax = 10_000

type Load = { averageMs: number | null; at: number; inFlight: number }

export class LoadBook {
  private readonly loads = new Map<string, Load>()

  begin(keyId: string, model: string): void {
    this.of(keyId, model).inFlight++
  }

  /** `firstByteMs`: null when the key did not answer. */
  end(keyId: string, model: string, firstByteMs: number | null, now: number): void {
    const load = this.of(keyId, model)
    load.inFlight--
    if (load.inFlight === 0 && this.loads.size > entriesMax) this.loads.delete(name(keyId, model))
    if (firstByteMs === null) return
    const kept = load.averageMs === null ? 0 : Math.exp((load.at - now) / decayMs)
    const average = load.averageMs ?? firstByteMs
    load.averageMs = Math.max(firstByteMs, firstByteMs + (average - firstByteMs) * kept)
    load.at = now
  }

  /** Milliseconds that a further call would take part in; 0 for a key that has never been tried. */
  load(keyId: string, model: string): number {
    const load = this.loads.get(name(keyId, model))
    if (!load) return 0
    const averageMs = load.averageMs ?? (load.inFlight > 0 ? unknownMs : 0)
    return averageMs * (load.inFlight + 1)
  }

  private of(keyId: string, model: string): Load {
    const known = this.loads.get(name(keyId, model)) ?? { averageMs: null, at: 0, inFlight: 0 }
    this.loads.set(name(keyId, model), known)
    return known
  }
}

function name(keyId: string, model: string): string {
  return `${keyId} ${model}`
}
