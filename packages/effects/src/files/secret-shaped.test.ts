import { expect, test } from 'vitest'
import { isSecretShaped } from './secret-shaped.ts'

test.each([
  '.env',
  '.env.local',
  '.envrc',
  'config/.ENV.production',
  'certs/server.pem',
  'tls.KEY',
  'a.p12',
  'vault.kdbx',
  '.npmrc',
  'home/.netrc',
  '.git-credentials',
  'credentials',
  'credentials.json',
  'Credentials/readme.txt',
  '.aws/config',
  '.ssh/known_hosts',
  'deep/.SSH/x/y',
  'id_rsa',
  'id_ed25519',
  '\uff0eenv',
  '.en\uff56',
  '.env ',
  '.env.',
  '.e\u200bnv',
  'id_r\u017fa',
])('%j looks like a secret', (path) => expect(isSecretShaped(path)).toBe(true))

test.each([
  'README.md',
  'src/environment.ts',
  'env',
  'keyboard.ts',
  'monkey',
  'id_rsa.pub',
  '.env.example',
  'src/credential.ts',
  '.',
  'pem/readme',
  'a.key/readme',
])('%j does not', (path) => expect(isSecretShaped(path)).toBe(false))
