import { describe, expect, it } from 'vitest'
import { checkOrigin } from '@/lib/egress'

describe('addresses that may be called', () => {
  it.each([
    'https://api.openai.com/v1',
    'https://api.example.com:8443',
    'https://8.8.8.8/v1',
    'https://[2606:4700::1111]/v1',
    'https://172.32.0.1',
    'https://100.128.0.1',
  ])('takes %s', (url) => {
    expect(checkOrigin(url, [])).toBeNull()
  })

  it.each([
    'https://127.0.0.1/v1',
    'https://127.255.0.9',
    'https://2130706433/v1',
    'https://0x7f.1/v1',
    'https://0177.0.0.1',
    'https://127.1',
    'https://10.1.2.3',
    'https://172.16.0.1',
    'https://172.31.255.255',
    'https://192.168.1.1',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1',
    'https://0.0.0.0',
    'https://[::1]',
    'https://[::]',
    'https://[fd00::1]',
    'https://[fe80::1]',
    'https://[::ffff:127.0.0.1]/v1',
    'https://[::ffff:a00:1]',
    'https://localhost:3000',
    'https://LOCALHOST',
    'https://localhost.',
    'https://printer.local',
    'https://db.internal',
  ])('refuses the private address %s and says how to allow it', (url) => {
    expect(checkOrigin(url, [])).toMatch(/private address.*AKCP_ALLOW_PRIVATE_ORIGINS=/)
  })

  it.each([
    ['http://api.openai.com/v1', /plain http/],
    ['ftp://example.com', /only https/],
    ['file:///etc/passwd', /only https/],
    ['not an address', /not an address/],
    ['https://user:word@example.com', /user name or password/],
    ['https://example.com/v1?key=1', /query or fragment/],
    ['https://example.com/v1#part', /query or fragment/],
  ])('refuses %s', (url, reason) => {
    expect(checkOrigin(url, [])).toMatch(reason)
  })

  it('takes a private or plain address only when its host, or host and port, is allowed', () => {
    const allowed = ['127.0.0.1:9999', 'inner.example', '[::1]:11434']
    expect(checkOrigin('http://127.0.0.1:9999/v1', allowed)).toBeNull()
    expect(checkOrigin('http://127.0.0.1:9998/v1', allowed)).not.toBeNull()
    expect(checkOrigin('http://127.0.0.1/v1', allowed)).not.toBeNull()
    expect(checkOrigin('http://inner.example:81/v1', allowed)).toBeNull()
    expect(checkOrigin('http://inner.example.evil.com/v1', allowed)).not.toBeNull()
    expect(checkOrigin('http://[::1]:11434/v1', allowed)).toBeNull()
    expect(checkOrigin('http://user:word@127.0.0.1:9999/v1', allowed)).toMatch(/user name/)
  })
})
