import type { AttemptClass } from '@/lib/schemas/attempt-classes'

export type { AttemptClass }

export type UpstreamError = {
  message: string
  type: string | null
  code: string | null
  param: string | null
}

/** The error object of an OpenAI-compatible body; tolerant of the forms that vendors send. */
export function readUpstreamError(body: Buffer): UpstreamError {
  const text = body.toString('utf8')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return {
      message: text
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 300),
      type: null,
      code: null,
      param: null,
    }
  }
  const outer = Array.isArray(parsed) ? parsed[0] : parsed
  const inner = field(outer, 'error')
  const error = typeof inner === 'object' && inner !== null ? inner : outer
  return {
    message: textOf(field(error, 'message')) ?? textOf(inner) ?? textOf(field(error, 'error_msg')) ?? '',
    type: textOf(field(error, 'type')),
    code: textOf(field(error, 'code')) ?? textOf(field(error, 'status')),
    param: textOf(field(error, 'param')),
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value ? value : null
}

const outOfMoney =
  /insufficient[_ ](quota|balance|funds)|billing|arrear|balance is not enough|exceeded_current_quota|credit balance|欠费|余额不足/i
const unknownModel =
  /model[_ ]?not[_ ]?(found|exist|available)|no such model|unknown model|invalid[_ ]model|(model|模型).{0,80}(does not exist|not exist|not found|is not supported|不存在)/i

/** Class of an upstream answer with an error status. */
export function classify(status: number, error: UpstreamError): AttemptClass {
  const words = `${error.code ?? ''} ${error.type ?? ''} ${error.message}`
  if (status === 401) return 'auth'
  if (status === 402) return 'quota'
  if (status === 429) return outOfMoney.test(words) ? 'quota' : 'rate'
  if (status === 403) return outOfMoney.test(words) ? 'quota' : unknownModel.test(words) ? 'model' : 'auth'
  if (status === 404) return 'model'
  if (status === 408) return 'timeout'
  if (status >= 500 || status === 425 || status < 400) return 'provider'
  if (outOfMoney.test(`${error.code ?? ''} ${error.type ?? ''}`)) return 'quota'
  return unknownModel.test(words) ? 'model' : 'request'
}

/** Class of a failure without an answer, by undici's and Node's error codes. */
export function classifyFailure(error: unknown): AttemptClass {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return /TIMEOUT|TIMEDOUT/.test(code) && code !== 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'network'
}
