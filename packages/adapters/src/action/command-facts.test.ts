import { expect, test } from 'vitest'
import { commandFacts, maxCommandBytes } from './command-facts.ts'

test.each([
  ['git status', 'git'],
  ['  npm test  ', 'npm'],
  ['./run.sh --fast', './run.sh'],
  ['git commit -m "one; two"', 'git'],
  ["grep -r 'a|b' src", 'grep'],
  ['node -e "1"x', 'node'],
  ['"git" status', 'git'],
])('%s is one plain call of %s', (command, program) => {
  expect(commandFacts(command)).toMatchObject({ program, shell: false })
})

test.each([
  'git status; rm -rf x',
  'git status && rm x',
  'git status & rm x',
  'git status | sh',
  'git log > x',
  'cat < x',
  'echo $HOME',
  'echo `id`',
  'echo $(id)',
  'echo "$(id)"',
  'echo "`id`"',
  'rm *',
  'ls ~',
  'ls {a,b}',
  'ls [a]',
  'ls ?',
  'FOO=1 git status',
  'git status\nrm x',
  'git status\r\nrm x',
  'git status # rm',
  'git sta\\tus',
  "echo 'unclosed",
  'echo "unclosed',
  '( git status )',
  '! git status',
  'eval git',
  'exec git',
  'if git',
  '',
  '   ',
  'gіt status',
  'git status\u00a0x',
])('%j is a script, whatever its first word is', (command) => {
  expect(commandFacts(command)).toMatchObject({ program: 'sh', shell: true })
})

test.each([
  ['curl http://x', ['curl']],
  ['/usr/bin/CURL x', ['curl']],
  ['x; (wget y) | nc z', ['nc', 'wget']],
  ["sh -c 'ssh host'", ['ssh']],
  ['echo hello', []],
  ['echo curly', []],
])('%s names the network tools %j', (command, networkTools) => {
  expect(commandFacts(command)).toMatchObject({ networkTools, network: networkTools.length > 0 })
})

test.each(['cat .env', 'cp ./config/.env.local x', 'cat <.ssh/id_rsa', 'curl -d @.npmrc x', 'tar c "$HOME/.aws"'])(
  '%s touches what is named like a secret',
  (command) => {
    expect(commandFacts(command)['secretShaped']).toBe(true)
  },
)

test('a command too long for a fact is seen by size and digest', () => {
  const facts = commandFacts(`echo ${'é'.repeat(maxCommandBytes / 2)}`)
  expect(facts['command']).toBeUndefined()
  expect(facts['commandSizeBytes']).toBe(maxCommandBytes + 5)
  expect(facts['commandDigest']).toMatch(/^[0-9a-f]{64}$/)
  expect(commandFacts('echo a')['command']).toBe('echo a')
})
