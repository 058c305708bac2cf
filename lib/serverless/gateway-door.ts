/** Door one: one Fetch `Request` as the gateway's `Call` and `Reply`, for hosts that run the portal as functions and for `next dev`. */
import { AkcpError } from '@/lib/errors'
import { type Call, ClientGone, type Reply } from '@/lib/gateway/call'

/** Bytes of an answer that may wait for a slow client. */
const waitingBytesMax = 256 * 1024

/** `path` is what follows `/api/v1`. */
export function callFrom(request: Request, path: string, maxBodyBytes: number): Call {
  return {
    method: request.method,
    path,
    headers: Object.fromEntries(request.headers),
    address: callerAddress(request.headers),
    body: () => readBody(request, maxBodyBytes),
  }
}

/** The platform in front writes the caller at the right end of `X-Forwarded-For`. */
function callerAddress(headers: Headers): string {
  return headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? ''
}

async function readBody(request: Request, limit: number): Promise<Buffer> {
  const tooLarge = () =>
    new AkcpError('request_too_large', `The request body is larger than ${limit} bytes.`, {
      hint: 'Send less, or let the operator raise MAX_BODY_BYTES.',
    })
  if (Number(request.headers.get('content-length')) > limit) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read().catch(() => {
      throw new ClientGone()
    })
    if (done) break
    size += value.length
    if (size > limit) throw tooLarge()
    chunks.push(value)
  }
  return Buffer.concat(chunks)
}

/** Hands `start` a `Reply` and resolves with the response as soon as its head is known. */
export function respond(request: Request, start: (reply: Reply) => void): Promise<Response> {
  return new Promise((resolve) => {
    let closed = false
    let status = 0
    let drain = () => {}
    const closeListeners: (() => void)[] = []
    const close = () => {
      if (closed) return
      closed = true
      for (const listener of closeListeners) listener()
    }
    request.signal.addEventListener('abort', close)
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>(
      {
        start(made) {
          controller = made
        },
        pull() {
          drain()
        },
        cancel: close,
      },
      new ByteLengthQueuingStrategy({ highWaterMark: waitingBytesMax }),
    )
    start({
      get status() {
        return status
      },
      head(code, headers) {
        status = code
        resolve(new Response(body, { status, headers }))
      },
      write(chunk) {
        if (!closed) controller?.enqueue(chunk)
        return (controller?.desiredSize ?? 0) > 0
      },
      end(chunk) {
        if (closed) return
        if (chunk) controller?.enqueue(chunk)
        controller?.close()
        close()
      },
      abort() {
        if (!closed) controller?.error(new Error('the answer broke off'))
        close()
        resolve(new Response(null, { status: 499 }))
      },
      onDrain(listener) {
        drain = listener
      },
      onClose: (listener) => closeListeners.push(listener),
    })
  })
}
