import type { IncomingHttpHeaders } from 'node:http'

/** One request as a door hands it over; nothing of Next, Fetch or `node:http` beyond plain values. */
export type Call = {
  method: string
  /** Path after `/api/v1` or `/v1`, with its leading slash, without the query. */
  path: string
  headers: IncomingHttpHeaders
  /** The caller's address, after trusted proxies. */
  address: string
  /**
   * The whole body, read only after the caller is known. Throws `AkcpError` `request_too_large` past
   * `MAX_BODY_BYTES`, `ClientGone` when the client goes away.
   */
  body(): Promise<Buffer>
}

/** Where the answer goes. `write` returns false when the client is slower than we are: wait for `onDrain`. */
export type Reply = {
  /** Of the head that was sent; 0 before. */
  readonly status: number
  head(status: number, headers: Record<string, string>): void
  write(chunk: Buffer): boolean
  end(chunk?: Buffer): void
  /** Breaks the connection off: the client must not take what it has for a whole answer. */
  abort(): void
  onDrain(listener: () => void): void
  /** Called once when the connection ends, whoever ended it. */
  onClose(listener: () => void): void
}

/** Thrown by a door's `body()` when the client went away before it had sent all of it. */
export class ClientGone extends Error {
  override name = 'ClientGone'
}
