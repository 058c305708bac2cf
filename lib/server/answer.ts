import type { ServerResponse } from 'node:http'
import { AkcpError, type ErrorCode } from '@/lib/errors'
import { newId } from '@/lib/id'

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(text)
}

/** An error in the contract's form. */
export function refuse(
  response: ServerResponse,
  code: ErrorCode,
  message: string,
  hint: string,
  headers: Record<string, string> = {},
) {
  const error = new AkcpError(code, message, { hint })
  const requestId = newId()
  sendJson(response, error.status, error.body(requestId), { 'x-request-id': requestId, ...headers })
}
