import type { KeyDetails } from '@/lib/data/keys'
import type { PoolDetails } from '@/lib/data/pools'
import type { Provider } from '@/lib/data/providers'
import { presets } from '@/lib/providers/presets'
import type { KeyChoices } from './key-form'

/** What the form of a key offers, from what there is; a preset is offered until a provider has its slug. */
export function keyChoices(keys: KeyDetails[], pools: PoolDetails[], providers: Provider[]): KeyChoices {
  const unique = (texts: (string | null)[]) => [...new Set(texts.flatMap((text) => text ?? []))].sort()
  const slugs = new Set(providers.map((provider) => provider.slug))
  return {
    providers: [
      ...providers.map(({ slug, name, baseUrl }) => ({
        source: { kind: 'provider' as const, slug },
        name,
        baseUrl,
      })),
      ...presets
        .filter((preset) => preset.slug === 'custom' || !slugs.has(preset.slug))
        .map(({ slug, name, base_url }) => ({
          source: { kind: 'preset' as const, slug },
          name,
          baseUrl: base_url,
        })),
    ],
    pools: pools
      .filter(({ defaultForProvider }) => defaultForProvider === null)
      .map(({ pool: { slug, name, environment } }) => ({ slug, name, environment })),
    environments: unique(['production', 'staging', ...keys.map(({ key }) => key.environment)]),
    owners: unique(keys.map(({ key }) => key.owner)),
    tags: unique(keys.flatMap(({ key }) => key.tags)),
  }
}
