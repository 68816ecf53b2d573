import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { IceError } from '@ice-runtime/kernel'
import type { SubjectId } from '@ice-runtime/kernel'
import { generateSigningKey, readSigningKey } from './ed25519.ts'
import type { SigningKey } from './ed25519.ts'

/** Where the private keys of this user's operators are: beside no workspace and in no data directory, which are copied and shared. */
export function operatorKeyDirectory(environment: { readonly [name: string]: string | undefined }): string {
  const config = environment['XDG_CONFIG_HOME']
  return join(config === undefined || config === '' ? join(homedir(), '.config') : resolve(config), 'ice', 'operators')
}

/** The file of one operator's key. The same person has the same one for every data directory on this machine. */
export function operatorKeyFile(directory: string, subject: SubjectId): string {
  return join(directory, `${subject}.pem`)
}

/**
 * Reads a private key that its owner alone can read. Undefined when there is no such file. Throws `data.unreadable` for a file that is
 * no Ed25519 key, or that others can read: what they can read they can sign with.
 */
export function readOperatorKey(file: string): SigningKey | undefined {
  const mode = modeOf(file)
  if (mode === undefined) return undefined
  if ((mode & 0o077) !== 0) {
    const hint = `chmod 600 ${file}`
    throw new IceError('data.unreadable', `${file} can be read by others, so whoever signs with it may be anybody`, { hint })
  }
  return readSigningKey(readFileSync(file, 'utf8'))
}

/** Makes a key and keeps it, durable before it is known to anybody. Throws `data.unreadable` when the file exists or cannot be written. */
export function makeOperatorKey(file: string): SigningKey {
  const key = generateSigningKey()
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const descriptor = openSync(file, 'wx', 0o600)
    try {
      writeSync(descriptor, key.pem)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (cause) {
    throw new IceError('data.unreadable', `the key cannot be kept in ${file}`, { cause, hint: 'name another file with --key' })
  }
  return key
}

function modeOf(file: string): number | undefined {
  try {
    const status = statSync(file)
    if (status.isFile()) return status.mode & 0o777
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new IceError('data.unreadable', `${file} cannot be read`, { cause: error })
  }
  throw new IceError('data.unreadable', `${file} is no file`)
}
