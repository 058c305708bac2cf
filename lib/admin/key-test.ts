import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { Db } from '@/lib/data/database'
import { findProvider, findProviderBySlug } from '@/lib/data/providers'
import { addVaultTask } from '@/lib/data/vault-tasks'
import { checkOrigin } from '@/lib/egress'
import { newId } from '@/lib/id'
import { findPreset } from '@/lib/providers/presets'
import { keyTestInput, probeResult } from '@/lib/schemas/keys'
import { seal } from '@/lib/secrets/vault'
import { sealingKey } from './key-secret'
import { awaitProbe } from './keys'
import { type AdminDependencies, answer, body, createRouter, invalid } from './router'

type Input = z.output<typeof keyTestInput>

const testRoute = createRoute({
  method: 'post',
  path: '/keys/test',
  tags: ['keys'],
  summary: 'Ask a provider whether a secret works, before it is saved',
  description:
    'A gateway lists the provider’s models with it, which costs nothing. The secret is sealed for this one question and forgotten.',
  request: { body: body(keyTestInput) },
  responses: { 200: answer(probeResult, 'What the provider said') },
})

export function keyTestRoutes({ database: { db }, env }: AdminDependencies) {
  return createRouter().openapi(testRoute, async (c) => {
    const input = c.req.valid('json')
    const { baseUrl, headers } = await targetOf(db, input)
    const reason = checkOrigin(baseUrl, env.AKCP_ALLOW_PRIVATE_ORIGINS)
    if (reason) throw invalid(`base_url: ${reason}`, 'base_url')
    const vaultKey = await sealingKey(db)
    const id = newId()
    const sealed = await seal(vaultKey.publicKey, { purpose: 'task', rowId: id, baseUrl }, input.secret)
    await addVaultTask(db, { id, kind: 'probe_secret', input: { base_url: baseUrl, headers }, sealed })
    return c.json(await awaitProbe(db, id), 200)
  })
}

/** Where the secret will be sent: to the provider it is for, or to the one that its preset would add. */
async function targetOf(
  db: Db,
  { provider: reference, preset: presetSlug, base_url }: Input,
): Promise<{ baseUrl: string; headers: Record<string, string> }> {
  if (reference !== undefined) {
    const provider = (await findProvider(db, reference)) ?? (await findProviderBySlug(db, reference))
    if (provider) return { baseUrl: provider.baseUrl, headers: provider.headers }
    throw invalid(
      `provider: there is no provider ${reference}`,
      'provider',
      'GET /api/admin/providers lists them; give preset or base_url for one that is not there yet.',
    )
  }
  if (presetSlug !== undefined && !findPreset(presetSlug)) {
    throw invalid(
      `preset: there is no preset ${presetSlug}`,
      'preset',
      'GET /api/admin/providers/presets lists them.',
    )
  }
  const baseUrl = base_url ?? findPreset(presetSlug ?? '')?.base_url
  if (!baseUrl) throw invalid('base_url: this preset needs one', 'base_url')
  return { baseUrl, headers: {} }
}
