import { v7 } from 'uuid'

/** A time-ordered UUIDv7. */
export function newId(): string {
  return v7()
}

/** Milliseconds since the epoch that a UUIDv7 carries. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isId(value: string): boolean {
  return uuid.test(value)
}
