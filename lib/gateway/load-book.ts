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
  private readonly loads = new Map<string, Map<string, Load>>()
  private entries = 0

  begin(keyId: string, model: string): void {
    this.of(keyId, model).inFlight++
  }

  /** `firstByteMs`: null when the key did not answer. */
  end(keyId: string, model: string, firstByteMs: number | null, now: number): void {
    const load = this.of(keyId, model)
    load.inFlight--
    if (load.inFlight === 0 && this.entries > entriesMax) this.forget(keyId, model)
    if (firstByteMs === null) return
    const kept = load.averageMs === null ? 0 : Math.exp((load.at - now) / decayMs)
    const average = load.averageMs ?? firstByteMs
    load.averageMs = Math.max(firstByteMs, firstByteMs + (average - firstByteMs) * kept)
    load.at = now
  }

  /** Milliseconds that a further call would take part in; 0 for a key that has never been tried. */
  load(keyId: string, model: string): number {
    const load = this.loads.get(keyId)?.get(model)
    if (!load) return 0
    const averageMs = load.averageMs ?? (load.inFlight > 0 ? unknownMs : 0)
    return averageMs * (load.inFlight + 1)
  }

  private of(keyId: string, model: string): Load {
    return this.loads.get(keyId)?.get(model) ?? this.remember(keyId, model)
  }

  private remember(keyId: string, model: string): Load {
    const load = { averageMs: null, at: 0, inFlight: 0 }
    const ofKey = this.loads.get(keyId) ?? new Map<string, Load>()
    this.loads.set(keyId, ofKey.set(model, load))
    this.entries++
    return load
  }

  private forget(keyId: string, model: string): void {
    if (this.loads.get(keyId)?.delete(model)) this.entries--
  }
}
