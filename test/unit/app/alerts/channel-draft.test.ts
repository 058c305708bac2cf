import { expect, it } from 'vitest'
import { channelBody, draftOfChannel, type EditedChannel } from '@/app/(portal)/alerts/channels/channel-draft'
import { channelInput, channelPatch } from '@/lib/schemas/alerts'

const edited: EditedChannel = {
  id: '0190c1f2-0000-7000-8000-000000000000',
  name: 'On call',
  kind: 'feishu',
  url_hint: 'open.feishu.cn/…cdef',
  from_environment: false,
  signed: true,
  language: 'zh',
  min_severity: 'warning',
  enabled: true,
}

it('a new channel has an address, and a secret where one was typed', () => {
  const draft = { ...draftOfChannel(undefined, 'en'), name: ' New ', url: ' https://example.com/hook ' }
  expect(channelBody(draft)).toEqual({
    kind: 'feishu',
    name: 'New',
    language: 'en',
    min_severity: 'info',
    enabled: true,
    url: 'https://example.com/hook',
  })
  expect(channelInput.safeParse(channelBody({ ...draft, secret: 's' })).data).toMatchObject({ secret: 's' })
})

it('an address and a secret that were left empty stay as they are', () => {
  const draft = draftOfChannel(edited, 'en')
  const body = channelBody(draft, edited)
  expect(body).toEqual({ name: 'On call', language: 'zh', min_severity: 'warning', enabled: true })
  expect(channelPatch.parse(body)).toEqual(body)
  expect(channelBody({ ...draft, unsigned: true }, edited)).toHaveProperty('secret', null)
})
