/** What the form of a channel holds, and what is sent for it. Pure. */
import type { z } from 'zod'
import type { channel, Severity } from '@/lib/schemas/alerts'

type Channel = z.output<typeof channel>
export type ChannelKind = Channel['kind']

export type EditedChannel = Pick<
  Channel,
  | 'id'
  | 'name'
  | 'kind'
  | 'url_hint'
  | 'from_environment'
  | 'signed'
  | 'language'
  | 'min_severity'
  | 'enabled'
>

export type ChannelDraft = {
  kind: ChannelKind
  name: string
  url: string
  secret: string
  /** Of a channel that is signed: sign no longer. */
  unsigned: boolean
  language: 'zh' | 'en'
  minSeverity: Severity
  enabled: boolean
}

/** `language`: of the organisation, for a new one. */
export function draftOfChannel(edited: EditedChannel | undefined, language: 'zh' | 'en'): ChannelDraft {
  return {
    kind: edited?.kind ?? 'feishu',
    name: edited?.name ?? '',
    url: '',
    secret: '',
    unsigned: false,
    language: edited?.language ?? language,
    minSeverity: edited?.min_severity ?? 'info',
    enabled: edited?.enabled ?? true,
  }
}

/** `POST /channels`, or with `edited` `PATCH /channels/{id}`: an address or secret left empty stays as it is. */
export function channelBody(draft: ChannelDraft, edited?: EditedChannel) {
  const { kind, name, language, minSeverity, enabled } = draft
  const [url, secret] = [draft.url.trim(), draft.secret.trim()]
  return {
    ...(!edited && { kind }),
    name: name.trim(),
    language,
    min_severity: minSeverity,
    enabled,
    ...(url && { url }),
    ...(draft.unsigned ? { secret: null } : secret && { secret }),
  }
}
