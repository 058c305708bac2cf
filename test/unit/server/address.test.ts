import { BlockList } from 'node:net'
import { expect, test } from 'vitest'
import { callerAddress, createHostCheck, isLoopback } from '@/lib/server/address'

const proxies = new BlockList()
proxies.addSubnet('10.0.0.0', 8, 'ipv4')
proxies.addAddress('::1', 'ipv6')

test.each([
  ['the socket, when nobody is trusted', '203.0.113.9', '1.2.3.4', undefined, '203.0.113.9'],
  ['the socket, when it is not a trusted proxy', '203.0.113.9', '1.2.3.4', proxies, '203.0.113.9'],
  ['what a trusted proxy says', '10.0.0.1', '1.2.3.4', proxies, '1.2.3.4'],
  ['the first untrusted one from the right', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.9.9.9', proxies, '1.2.3.4'],
  ['the last trusted one, when all are', '10.0.0.1', '10.0.0.3, 10.0.0.2', proxies, '10.0.0.3'],
  ['the proxy, when it adds nothing', '10.0.0.1', undefined, proxies, '10.0.0.1'],
  ['the proxy, when it adds rubbish', '10.0.0.1', 'unknown', proxies, '10.0.0.1'],
  ['the address without its port', '10.0.0.1', '1.2.3.4:5678', proxies, '1.2.3.4'],
  ['IPv6 without brackets and port', '::1', '[2001:db8::7]:443', proxies, '2001:db8::7'],
  ['IPv4 out of IPv6', '::ffff:10.0.0.1', '::ffff:1.2.3.4', proxies, '1.2.3.4'],
])('the caller is %s', (_name, socket, forwarded, trusted, expected) => {
  expect(callerAddress(socket, { 'x-forwarded-for': forwarded }, trusted)).toBe(expected)
})

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['10.0.0.1', false],
  ['1270.0.0.1', false],
])('%s is this machine: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected)
})

test.each([
  ['127.0.0.1', undefined, 'localhost:3000', true],
  ['127.0.0.1', undefined, '127.0.0.1:3000', true],
  ['127.0.0.1', undefined, '[::1]:3000', true],
  ['127.0.0.1', undefined, 'evil.example', false],
  ['127.0.0.1', undefined, '127.0.0.1.evil.example', false],
  ['127.0.0.1', undefined, 'localhost.evil.example:3000', false],
  ['127.0.0.1', undefined, '10.0.0.7:3000', false],
  ['127.0.0.1', undefined, 'localhost@evil.example', false],
  ['127.0.0.1', undefined, '', false],
  ['127.0.0.1', undefined, undefined, false],
  ['127.0.0.1', 'https://akcp.example.com', 'akcp.example.com', true],
  ['127.0.0.1', 'https://akcp.example.com', 'AKCP.example.com:443', true],
  ['127.0.0.1', 'https://akcp.example.com', 'other.example.com', false],
  ['akcp.lan', undefined, 'akcp.lan:3000', true],
  ['0.0.0.0', undefined, '10.0.0.7:3000', true],
  ['0.0.0.0', undefined, '[2001:db8::7]:3000', true],
  ['*', undefined, 'rebound.evil.example:3000', false],
])('listening on %s with NEXTAUTH_URL %s, Host %s is accepted: %s', (HOST, NEXTAUTH_URL, host, expected) => {
  expect(createHostCheck({ HOST, NEXTAUTH_URL })(host)).toBe(expected)
})
