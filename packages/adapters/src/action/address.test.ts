import { expect, test } from 'vitest'
import { addressOf } from './address.ts'

test.each([
  ['https://example.com/a/b?c', 'https://example.com:443', '/a/b'],
  ['HTTP://Example.COM', 'http://example.com:80', '/'],
  ['https://example.com:8443/a/../b', 'https://example.com:8443', '/b'],
  ['http://127.1/', 'http://127.0.0.1:80', '/'],
  ['http://2130706433/', 'http://127.0.0.1:80', '/'],
  ['http://[::1]:8080/', 'http://[::1]:8080', '/'],
  ['https://exämple.com/', 'https://xn--exmple-cua.com:443', '/'],
])('%s leads to %s', (url, destination, path) => {
  expect(addressOf(url)).toMatchObject({ destination, path })
})

test.each([
  'example.com',
  '/etc/passwd',
  'file:///etc/passwd',
  'ftp://example.com',
  'data:text/plain,a',
  'javascript:1',
  'https://example.com@evil.test/',
  'https://user:word@example.com/',
  'https://',
  `https://example.com/${'a'.repeat(5000)}`,
])('%s leads nowhere', (url) => {
  expect(addressOf(url)).toBeUndefined()
})
