import { findProvider } from '@pydantic/genai-prices'
import { describe, expect, it } from 'vitest'
import { checkOrigin } from '@/lib/egress'
import { presets } from '@/lib/providers/presets'

describe.each(presets)('the preset $slug', (preset) => {
  it('has an address that may be called, and a price list that exists', () => {
    if (preset.base_url) expect(checkOrigin(preset.base_url, ['127.0.0.1:11434'])).toBeNull()
    if (preset.price_provider) {
      expect(findProvider({ providerId: preset.price_provider })?.id).toBe(preset.price_provider)
    }
  })
})

it('claims no model pattern twice', () => {
  const patterns = presets.flatMap((preset) => preset.model_patterns)
  expect(new Set(patterns).size).toBe(patterns.length)
})
