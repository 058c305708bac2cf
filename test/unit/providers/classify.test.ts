import { describe, expect, it } from 'vitest'
import { classify, classifyFailure, readUpstreamError } from '@/lib/providers/classify'

const read = (body: unknown) =>
  readUpstreamError(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
const error = (message: string, code: string | null = null, type: string | null = null) => ({
  error: { message, code, type },
})

describe('classify', () => {
  it.each([
    ['OpenAI, wrong key', 401, error('Incorrect API key provided', 'invalid_api_key'), 'auth'],
    [
      'OpenAI, quota',
      429,
      error('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
      'quota',
    ],
    ['OpenAI, rate', 429, error('Rate limit reached for gpt-4o', 'rate_limit_exceeded', 'tokens'), 'rate'],
    ['OpenAI, unknown model', 404, error('The model `x` does not exist', 'model_not_found'), 'model'],
    [
      'OpenAI, no access to the model',
      403,
      error('Project does not have access to model x', 'model_not_found'),
      'model',
    ],
    ['OpenAI, bad request', 400, error("Unsupported value: 'temperature'", 'unsupported_value'), 'request'],
    [
      'OpenAI, context length',
      400,
      error("This model's maximum context length is 8192 tokens", 'context_length_exceeded'),
      'request',
    ],
    [
      'a prompt about billing is not a bill',
      400,
      error('Invalid content: "billing arrears insufficient balance"', 'invalid_content'),
      'request',
    ],
    ['DeepSeek, no balance', 402, error('Insufficient Balance'), 'quota'],
    [
      'DashScope, arrears',
      400,
      error('Access denied, please make sure your account is in good standing.', 'Arrearage'),
      'quota',
    ],
    [
      'Moonshot, quota',
      429,
      error('Your account is suspended', 'exceeded_current_quota_error', 'exceeded_current_quota_error'),
      'quota',
    ],
    ['Zhipu, no balance', 429, error('您的账户已欠费，请充值后重试。', '1113'), 'quota'],
    [
      'SiliconFlow, unknown model',
      400,
      { code: 20012, message: 'Model does not exist. Please check it carefully.' },
      'model',
    ],
    [
      'Gemini, overloaded',
      503,
      [{ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }],
      'provider',
    ],
    ['a proxy in between', 502, '<html><body><h1>502 Bad Gateway</h1></body></html>', 'provider'],
    ['unprocessable', 422, error('bad field'), 'request'],
    ['request time-out', 408, '', 'timeout'],
    ['a redirect', 302, '', 'provider'],
    ['200 with an error', 200, error('Open api daily request limit reached'), 'provider'],
  ])('%s', (_, status, body, expected) => {
    expect(classify(status, read(body))).toBe(expected)
  })
})

describe('readUpstreamError', () => {
  it('reads what vendors send, and strips markup', () => {
    expect(read(error('m', 'c', 't'))).toEqual({ message: 'm', code: 'c', type: 't', param: null })
    expect(read({ error: 'plain' }).message).toBe('plain')
    expect(read({ error_code: 18, error_msg: 'limit' }).message).toBe('limit')
    expect(read('<h1>Bad  Gateway</h1>').message).toBe('Bad Gateway')
    expect(read('').message).toBe('')
  })
})

describe('classifyFailure', () => {
  it.each([
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'network'],
    ['ECONNREFUSED', 'network'],
    ['ENOTFOUND', 'network'],
    ['UND_ERR_SOCKET', 'network'],
  ])('%s is %s', (code, expected) => {
    expect(classifyFailure(Object.assign(new Error('x'), { code }))).toBe(expected)
  })
})
