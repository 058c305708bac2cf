/** What a caller should do about an error, in the languages an app can have. `{name}` is filled in. */
import type { Hint } from '@/lib/errors'

const hints = {
  sendAppKey: {
    en: 'Send "Authorization: Bearer akcp_…" with an app key issued under Apps in the portal.',
    zh: '请携带 “Authorization: Bearer akcp_…”，应用密钥可在控制台的“应用”中签发。',
  },
  askForAppKey: {
    en: 'Ask the owner of the app for a new app key.',
    zh: '请向应用负责人申请新的应用密钥。',
  },
  enableApp: {
    en: 'Enable it under Apps in the portal, or ask its owner to.',
    zh: '请在控制台的“应用”中启用，或联系应用负责人。',
  },
  allowAddress: {
    en: 'Add the address to the app’s allowed_ips, or call from one that is listed.',
    zh: '请将该地址加入应用的 allowed_ips，或从已登记的地址调用。',
  },
  nameForm: {
    en: 'Use 1 to 64 characters of A–Z, a–z, 0–9, dot, underscore and hyphen.',
    zh: '请使用 1 到 64 个字符：A–Z、a–z、0–9、点、下划线、连字符。',
  },
  widenScope: {
    en: 'Leave the header out, or add "{value}" to the app’s {scope}_scope.',
    zh: '请去掉该请求头，或将“{value}”加入应用的 {scope}_scope。',
  },
  sendOneObject: {
    en: 'Send one JSON object, as in the OpenAI API reference; an OpenAI SDK builds it for you.',
    zh: '请按 OpenAI API 文档发送一个 JSON 对象；使用 OpenAI SDK 会自动生成。',
  },
  sendFieldOnce: { en: 'Send exactly one "{field}" field.', zh: '请只发送一个“{field}”字段。' },
  served: { en: 'Served are {list}.', zh: '可用的接口：{list}。' },
  sendMethod: { en: 'Send {method} /api/v1{path}.', zh: '请使用 {method} /api/v1{path}。' },
  tryAgainSoon: { en: 'Try again in a few seconds.', zh: '请几秒后重试。' },
  sendJson: { en: 'Send content-type: application/json.', zh: '请发送 content-type: application/json。' },
  addModel: {
    en: 'Add "model"; GET /api/v1/models lists what this app may use.',
    zh: '请填写 “model”；GET /api/v1/models 列出本应用可用的模型。',
  },
  modelForm: {
    en: 'Use a text of 1 to 256 printable ASCII characters without spaces.',
    zh: '请使用 1 到 256 个可见 ASCII 字符，不含空格。',
  },
  reportRequestId: {
    en: 'Try again; give the request_id to whoever runs this gateway when it keeps failing.',
    zh: '请重试；若持续失败，请将 request_id 告知网关管理员。',
  },
  draining: {
    en: 'Try again in a few seconds; another process or the restarted one will answer.',
    zh: '请几秒后重试，其他进程或重启后的进程会继续服务。',
  },
  ledgerFull: {
    en: 'Try again soon; nothing is served that cannot be accounted for. The log of the gateway says what is wrong.',
    zh: '请稍后重试；无法记账的调用不会被放行，原因见网关日志。',
  },
  modelNotAllowed: {
    en: 'GET /api/v1/models lists what it may use; allowed_models of the app, its app key and its policies decide.',
    zh: 'GET /api/v1/models 列出可用模型；由应用、应用密钥及策略的 allowed_models 决定。',
  },
  addKeyForApp: {
    en: 'Add a key in the app’s environment, or change the app’s pools or allow_environments.',
    zh: '请在应用所属环境添加密钥，或修改应用的密钥池或 allow_environments。',
  },
  nameProvider: {
    en: 'Check the name, write provider/model, send X-LLM-Provider, or add a model route; GET /api/v1/models lists what there is.',
    zh: '请检查模型名称，或写成 provider/model、携带 X-LLM-Provider、添加模型路由；GET /api/v1/models 列出现有模型。',
  },
  providerNames: {
    en: 'X-LLM-Provider takes one of: {list}.',
    zh: 'X-LLM-Provider 可取值：{list}。',
  },
  stopThrottled: {
    en: 'Wait for Retry-After; who runs this gateway has pressed a stop button.',
    zh: '请按 Retry-After 等待；网关管理员已按下限流按钮。',
  },
  stopEconomy: {
    en: 'Use one of these models until the stop is lifted{until}.',
    zh: '在解除之前{until}请改用上述模型。',
  },
  stopped: {
    en: 'Who runs this gateway has pressed a stop button{until}; ask them before trying again.',
    zh: '网关管理员已按下停止按钮{until}，请先与其联系再重试。',
  },
  checkModelName: {
    en: 'Check the model’s name with the provider, and that the key’s account may use it.',
    zh: '请向服务商核对模型名称，并确认密钥所属账号有权使用。',
  },
  waitOrAddKeys: {
    en: 'Wait for Retry-After, or add keys to the pool.',
    zh: '请按 Retry-After 等待，或向密钥池添加密钥。',
  },
  raiseTimeouts: {
    en: 'Try again; raise the provider’s first_byte_timeout_ms or total_timeout_ms when its answers take this long.',
    zh: '请重试；若该服务商响应确实较慢，请调大其 first_byte_timeout_ms 或 total_timeout_ms。',
  },
  enterSecretAgain: {
    en: 'The provider refuses our key: its secret must be entered again under Keys.',
    zh: '服务商拒绝了我们的密钥，请在“密钥”中重新录入。',
  },
  topUp: {
    en: 'The key’s account at the provider is out of credit: top it up or add a key.',
    zh: '密钥在服务商处的账户余额不足，请充值或添加密钥。',
  },
  checkNetwork: {
    en: 'The provider could not be reached: check its base_url and this server’s network.',
    zh: '无法连接服务商，请检查其 base_url 及本服务器网络。',
  },
  seeAttempts: {
    en: 'Try again; error.attempts says what each key answered.',
    zh: '请重试；error.attempts 列出了每个密钥的应答。',
  },
  rejectedByProvider: {
    en: 'The provider rejected the request itself; another key would be told the same.',
    zh: '服务商拒绝了请求本身，换用其他密钥结果相同，请修改请求内容。',
  },
  waitForFirstKey: {
    en: 'Wait for Retry-After, when the first key is tried again, or add keys to the pool.',
    zh: '请按 Retry-After 等待，届时会重新尝试密钥；也可向密钥池添加密钥。',
  },
  addKey: {
    en: 'Add or enable a key of this environment under Keys, or enter its secret again.',
    zh: '请在“密钥”中添加或启用该环境的密钥，或重新录入密钥。',
  },
  waitForRetryAfter: {
    en: 'Wait for Retry-After; official SDKs do so by themselves. Limits are set under Apps and Pools in the portal.',
    zh: '请按 Retry-After 等待，官方 SDK 会自动等待。限额可在控制台的“应用”和“密钥池”中调整。',
  },
  waitForConcurrency: {
    en: 'Wait until a call under way has ended, or send fewer at the same time.',
    zh: '请等待进行中的调用结束，或降低并发数。',
  },
  raiseBudget: {
    en: 'It starts anew at {resetsAt}; whoever runs this gateway can raise it.',
    zh: '预算将于 {resetsAt} 重置；可请网关管理员提高预算。',
  },
  sendFewerTokens: {
    en: 'Send a shorter prompt or a smaller max_tokens, or wait until {resetsAt}; whoever runs this gateway can raise the budget.',
    zh: '请缩短提示词或调小 max_tokens，或等到 {resetsAt} 重置；也可请网关管理员提高预算。',
  },
  useListedModel: { en: 'Use one of these models: {models}.', zh: '请改用以下模型：{models}。' },
  setPrice: {
    en: 'Set a price for it under Pools › Prices (0 if it is free): a hard budget cannot admit what it cannot price.',
    zh: '请在“密钥池 › 价格”中为其设置价格（免费请填 0）：硬性预算无法放行没有价格的模型。',
  },
} as const satisfies Record<string, Hint>

export function hint(name: keyof typeof hints, values: Record<string, string> = {}): Hint {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)
  return { en: fill(hints[name].en), zh: fill(hints[name].zh) }
}
