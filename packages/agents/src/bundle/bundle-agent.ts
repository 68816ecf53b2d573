import { createHash } from 'node:crypto'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions, Message } from 'esbuild'
import { IceError, parseDigest } from '@ice-runtime/kernel'
import type { Digest } from '@ice-runtime/kernel'
import { engineIdentity } from '../quickjs/engine-identity.ts'
import { defaultMemoryBytes } from '../quickjs/limits.ts'
import { openQuickjsPool } from '../quickjs/pool.ts'
import type { QuickjsPool } from '../quickjs/pool.ts'
import { mapStack } from '../quickjs/source-stack.ts'
import { readManifest } from './manifest.ts'
import type { AgentManifest } from './manifest.ts'

/** An agent ready to run: one script, and what it says about itself. */
export interface AgentBundle {
  readonly manifest: AgentManifest
  readonly code: string
  /** Over the script and everything that gives it meaning: engine, version, prelude. */
  readonly digest: Digest
  /** JSON text of the source map. Stays with the host: it is no part of the digest. */
  readonly sourceMap: string
}

export interface BundleOptions {
  /** Evaluates the bundle to read its definition; a pool of one thread is opened and closed if there is none. */
  readonly pool?: QuickjsPool
}

/** An agent held as text. `file` names it in errors; imports are resolved from the directory of `file`. */
export interface AgentSource {
  readonly source: string
  readonly file: string
}

const maxBundleChars = 8 * 1024 * 1024

/**
 * Bundles an agent's file and everything it imports into one script, the same bytes for the same sources wherever they are.
 * Throws `agent.bundle_failed` with file and line, and `isolation.unavailable` without an engine to read the definition with.
 */
export async function bundleAgent(entry: string | AgentSource, options: BundleOptions = {}): Promise<AgentBundle> {
  const { code, sourceMap } = await build(entry)
  const file = typeof entry === 'string' ? basename(entry) : entry.file
  if (code.length > maxBundleChars)
    throw new IceError('agent.bundle_failed', `${file}: more than ${maxBundleChars} characters in one bundle`)
  const digest = parseDigest(createHash('sha256').update(`${engineIdentity()}\n${code}`).digest('hex'))
  const manifest = await inspect({ code, sourceMap, digest, file }, options.pool)
  return { manifest, code, digest, sourceMap }
}

async function build(entry: string | AgentSource): Promise<{ readonly code: string; readonly sourceMap: string }> {
  const esbuild = await import('esbuild')
  const path = resolve(typeof entry === 'string' ? entry : entry.file)
  const define = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../define.ts' : '../define.js', import.meta.url))
  const options: BuildOptions = {
    absWorkingDir: dirname(path),
    ...(typeof entry === 'string'
      ? { entryPoints: [path] }
      : { stdin: { contents: entry.source, resolveDir: dirname(path), sourcefile: basename(path), loader: 'ts' } }),
    bundle: true,
    write: false,
    outfile: 'agent.js',
    format: 'iife',
    globalName: 'iceAgentBundle',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2023',
    // White space and comments hold paths, which differ between machines.
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
    sourcemap: 'external',
    sourcesContent: false,
    alias: { '@ice-runtime/agents/define': define, '@ice-runtime/agents': define },
    tsconfigRaw: '{}',
    logLevel: 'silent',
  }
  try {
    const { outputFiles } = await esbuild.build({ ...options, write: false })
    const text = (suffix: string): string => outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? ''
    return { code: text('agent.js'), sourceMap: text('agent.js.map') }
  } catch (cause) {
    throw new IceError('agent.bundle_failed', buildErrors(cause).join('\n'), { cause })
  }
}

function buildErrors(cause: unknown): readonly string[] {
  const errors = (cause as { readonly errors?: readonly Message[] }).errors
  if (errors === undefined || errors.length === 0) return [cause instanceof Error ? cause.message : String(cause)]
  return errors
    .slice(0, 10)
    .map(({ location, text }) => (location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`))
}

interface Built {
  readonly code: string
  readonly sourceMap: string
  readonly digest: Digest
  readonly file: string
}

async function inspect(built: Built, given: QuickjsPool | undefined): Promise<AgentManifest> {
  if (given !== undefined) return inspectIn(given, built)
  await using pool = await openQuickjsPool({ workers: 1 })
  return await inspectIn(pool, built)
}

async function inspectIn(pool: QuickjsPool, { code, sourceMap, digest, file }: Built): Promise<AgentManifest> {
  const session = pool.open({ key: `${digest}:${defaultMemoryBytes}`, code, maxMemoryBytes: defaultMemoryBytes })
  const { text, fault } = await session.ask({ type: 'inspect' })
  await session.close()
  switch (fault?.type) {
    case undefined:
      return readManifest(parse(text), file)
    case 'threw':
      throw new IceError('agent.bundle_failed', `${file}: ${fault.message}\n${mapStack(fault.stack, sourceMap)}`)
    case 'trap':
      throw new IceError('agent.bundle_failed', `${file}: ${fault.message}`)
    case 'ticks':
    case 'stopped':
      throw new IceError('agent.bundle_failed', `${file}: evaluating the file does not end`)
  }
}

/** The text is written by the agent's realm. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
