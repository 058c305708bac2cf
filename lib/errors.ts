/**
 * The errors that callers see. One class, one table from code to status and OpenAI `type`; the message says what
 * happened, the hint what to do. Anything else that is thrown becomes 500 or 503 without its text.
 */
const table = {
  invalid_request: [400, 'invalid_request_error'],
  model_required: [400, 'invalid_request_error'],
  model_unpriced: [400, 'invalid_request_error'],
  invalid_api_key: [401, 'authentication_error'],
  api_key_expired: [401, 'authentication_error'],
  api_key_revoked: [401, 'authentication_error'],
  api_key_disabled: [401, 'authentication_error'],
  unauthorized: [401, 'authentication_error'],
  forbidden: [403, 'permission_error'],
  model_not_allowed: [403, 'permission_error'],
  tenant_not_allowed: [403, 'permission_error'],
  ip_not_allowed: [403, 'permission_error'],
  app_disabled: [403, 'permission_error'],
  stopped: [403, 'permission_error'],
  not_found: [404, 'not_found_error'],
  model_not_found: [404, 'not_found_error'],
  route_not_found: [404, 'not_found_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  conflict: [409, 'invalid_request_error'],
  request_too_large: [413, 'invalid_request_error'],
  unsupported_media_type: [415, 'invalid_request_error'],
  rate_limit_exceeded: [429, 'rate_limit_error'],
  insufficient_quota: [429, 'insufficient_quota'],
  internal_error: [500, 'api_error'],
  upstream_error: [502, 'upstream_error'],
  no_healthy_key: [503, 'api_error'],
  draining: [503, 'api_error'],
  service_unavailable: [503, 'api_error'],
  upstream_timeout: [504, 'upstream_error'],
} as const satisfies Record<string, readonly [number, string]>

export type ErrorCode = keyof typeof table

export type Language = 'en' | 'zh'
export type Hint = Record<Language, string>

export type ErrorDetails = {
  /** What the caller should do; every error has one. */
  hint: string | Hint
  param?: string
  headers?: Record<string, string>
  /** Further fields of the `error` object, such as `limit`, `budget` or `attempts`. */
  extra?: Record<string, unknown>
  cause?: unknown
}

export class AkcpError extends Error {
  override name = 'AkcpError'
  status: number
  readonly type: string

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails,
  ) {
    super(message, { cause: details.cause })
    ;[this.status, this.type] = table[code]
  }

  /** The same error with another HTTP status: for a provider's own answer. */
  withStatus(status: number): this {
    this.status = status
    return this
  }

  /** The `{"error": …}` body; `requestUrl` opens the call in the portal. */
  body(requestId: string | null, requestUrl: string | null = null, language: Language = 'en') {
    const { hint, param, extra } = this.details
    return {
      error: {
        message: this.message,
        type: this.type,
        code: this.code,
        param: param ?? null,
        request_id: requestId,
        request_url: requestUrl,
        hint: typeof hint === 'string' ? hint : hint[language],
        ...extra,
      },
    }
  }
}
