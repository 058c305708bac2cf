/** Door two: one `node:http` request as the gateway's `Call` and `Reply`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AkcpError } from '@/lib/errors'
import { type Call, ClientGone, type Reply } from '@/lib/gateway/call'

/** Past this many times the limit a client that goes on sending is cut off instead of being answered politely. */
const patience = 4
/** A client that has taken nothing for so long, although all buffers on the way to it are full, is cut off. */
const stalledMs = 30_000

export function callFrom(
  request: IncomingMessage,
  path: string,
  address: string,
  maxBodyBytes: number,
): Call {
  return {
    method: request.method ?? 'GET',
    path,
    headers: request.headers,
    address,
    body: () => readBody(request, maxBodyBytes),
  }
}

export function replyTo(response: ServerResponse): Reply {
  return new HttpReply(response)
}

class HttpReply implements Reply {
  constructor(private readonly response: ServerResponse) {}

  get status(): number {
    return this.response.headersSent ? this.response.statusCode : 0
  }

  head(status: number, headers: Record<string, string>): void {
    this.response.writeHead(status, headers)
  }

  write(chunk: Buffer): boolean {
    return this.response.write(chunk)
  }

  end(chunk?: Buffer): void {
    this.response.end(chunk)
  }

  abort(): void {
    this.response.destroy()
  }

  onDrain(listener: () => void): void {
    const { response } = this
    // A reset: else the system would go on sending what its own buffers hold.
    const stalled = setTimeout(() => response.socket?.resetAndDestroy(), stalledMs).unref()
    response.once('drain', () => {
      clearTimeout(stalled)
      listener()
    })
  }

  onClose(listener: () => void): void {
    this.response.on('close', listener)
  }
}

function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length']) > limit) return reject(tooLarge(limit))
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      reject(tooLarge(limit))
      if (size > limit * patience) request.destroy()
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.on('error', () => reject(new ClientGone()))
    request.on('close', () => {
      if (!request.complete) reject(new ClientGone())
    })
  })
}

function tooLarge(limit: number): AkcpError {
  return new AkcpError('request_too_large', `The request body is larger than ${limit} bytes.`, {
    hint: 'Send less, or let the operator raise MAX_BODY_BYTES.',
  })
}
