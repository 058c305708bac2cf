import { cache } from 'react'
import { portalDatabase } from '@/lib/data/portal-database'
import { readSettings } from '@/lib/data/settings'
import { type Settings, settings } from '@/lib/schemas/settings'

/** The organisation's settings, read once for each page. */
export const readOrganisation = cache(
  async (): Promise<Settings> =>
    settings.parse(await readSettings(portalDatabase().db, Object.keys(settings.shape))),
)
