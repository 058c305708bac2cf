/** What is known about vendors with an OpenAI-compatible endpoint; `POST /providers {"preset": …}` starts from it. */
export type Preset = {
  slug: string
  name: string
  dialect: 'openai'
  /** Null: to be given. */
  base_url: string | null
  /** Model names, exact or ending in `*`, that this vendor serves when a call names no provider. */
  model_patterns: string[]
  /** The vendor's id in the price catalogue `@pydantic/genai-prices`; null when it has none. */
  price_provider: string | null
  first_byte_timeout_ms: number
  idle_timeout_ms: number
  total_timeout_ms: number
  notes?: string
}

/** Models that think first may be silent for minutes, before their first byte and between two. */
const hosted = {
  dialect: 'openai',
  first_byte_timeout_ms: 300_000,
  idle_timeout_ms: 300_000,
  total_timeout_ms: 1_800_000,
} as const

export const presets: Preset[] = [
  {
    ...hosted,
    slug: 'openai',
    name: 'OpenAI',
    base_url: 'https://api.openai.com/v1',
    model_patterns: [
      'gpt-*',
      'chatgpt-*',
      'o1*',
      'o3*',
      'o4*',
      'text-embedding-*',
      'omni-moderation-*',
      'dall-e-*',
      'tts-*',
      'whisper-*',
    ],
    price_provider: 'openai',
  },
  {
    ...hosted,
    slug: 'anthropic',
    name: 'Anthropic',
    base_url: 'https://api.anthropic.com/v1',
    model_patterns: ['claude-*'],
    price_provider: 'anthropic',
    notes: "Anthropic's OpenAI-compatible endpoint.",
  },
  {
    ...hosted,
    slug: 'gemini',
    name: 'Google Gemini',
    base_url: 'https://generativelanguage.googleapis.com/v1beta/openai',
    model_patterns: ['gemini-*'],
    price_provider: 'google',
    notes: "Gemini's OpenAI-compatible endpoint.",
  },
  {
    ...hosted,
    slug: 'deepseek',
    name: 'DeepSeek',
    base_url: 'https://api.deepseek.com/v1',
    model_patterns: ['deepseek-*'],
    price_provider: 'deepseek',
  },
  {
    ...hosted,
    slug: 'qwen',
    name: 'Qwen (DashScope)',
    base_url: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    model_patterns: ['qwen*', 'qwq-*', 'qvq-*'],
    price_provider: null,
    notes:
      'Beijing. Singapore is https://dashscope-intl.aliyuncs.com/compatible-mode/v1; a key works in its own region only.',
  },
  {
    ...hosted,
    slug: 'ernie',
    name: 'ERNIE (Qianfan)',
    base_url: 'https://qianfan.baidubce.com/v2',
    model_patterns: ['ernie-*'],
    price_provider: null,
    notes: 'Takes a V2 API key (bce-v3/…).',
  },
  {
    ...hosted,
    slug: 'moonshot',
    name: 'Moonshot (Kimi)',
    base_url: 'https://api.moonshot.cn/v1',
    model_patterns: ['moonshot-*', 'kimi-*'],
    price_provider: 'moonshotai',
    notes: 'Mainland China. Elsewhere it is https://api.moonshot.ai/v1.',
  },
  {
    ...hosted,
    slug: 'zhipu',
    name: 'Zhipu (GLM)',
    base_url: 'https://open.bigmodel.cn/api/paas/v4',
    model_patterns: ['glm-*'],
    price_provider: 'zhipuai',
    notes: 'Mainland China. Elsewhere it is https://api.z.ai/api/paas/v4 (price catalogue id zai).',
  },
  {
    ...hosted,
    slug: 'siliconflow',
    name: 'SiliconFlow',
    base_url: 'https://api.siliconflow.cn/v1',
    model_patterns: [],
    price_provider: null,
    notes:
      'Serves other vendors’ models: call them as siliconflow/<model>. Elsewhere: https://api.siliconflow.com/v1.',
  },
  {
    ...hosted,
    slug: 'openrouter',
    name: 'OpenRouter',
    base_url: 'https://openrouter.ai/api/v1',
    model_patterns: [],
    price_provider: 'openrouter',
    notes: 'Serves other vendors’ models: call them as openrouter/<model>.',
  },
  {
    ...hosted,
    slug: 'groq',
    name: 'Groq',
    base_url: 'https://api.groq.com/openai/v1',
    model_patterns: ['llama-*'],
    price_provider: 'groq',
  },
  {
    ...hosted,
    slug: 'mistral',
    name: 'Mistral',
    base_url: 'https://api.mistral.ai/v1',
    model_patterns: [
      'mistral-*',
      'ministral-*',
      'magistral-*',
      'codestral-*',
      'devstral-*',
      'pixtral-*',
      'open-mistral-*',
    ],
    price_provider: 'mistral',
  },
  {
    dialect: 'openai',
    slug: 'ollama',
    name: 'Ollama',
    base_url: 'http://127.0.0.1:11434/v1',
    model_patterns: [],
    price_provider: null,
    // A model may have to be loaded from disk before its first token.
    first_byte_timeout_ms: 300_000,
    idle_timeout_ms: 300_000,
    total_timeout_ms: 1_800_000,
    notes: 'Needs AKCP_ALLOW_PRIVATE_ORIGINS=127.0.0.1:11434 and any text as the secret.',
  },
  {
    ...hosted,
    slug: 'custom',
    name: 'Custom',
    base_url: null,
    model_patterns: [],
    price_provider: null,
    notes: 'Any other OpenAI-compatible endpoint: give slug and base_url.',
  },
]

export function findPreset(slug: string): Preset | undefined {
  return presets.find((preset) => preset.slug === slug)
}

/** A provider's columns as the preset fills them. */
export function presetColumns(preset: Preset, baseUrl: string) {
  return {
    slug: preset.slug,
    name: preset.name,
    dialect: preset.dialect,
    baseUrl,
    modelPatterns: preset.model_patterns,
    firstByteTimeoutMs: preset.first_byte_timeout_ms,
    idleTimeoutMs: preset.idle_timeout_ms,
    totalTimeoutMs: preset.total_timeout_ms,
    priceProvider: preset.price_provider,
  }
}
