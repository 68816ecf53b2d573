import { finding } from './finding.ts'
import type { Finding } from './finding.ts'

/** A name in a listing, as `files.list` gives it. */
export interface ListedEntry {
  readonly path: string
  readonly kind: string
  readonly sizeBytes?: number
  readonly target?: string
}

const secretDirectory = /(?:^|\/)(?:\.aws|\.azure|\.gnupg|\.kube|\.password-store|\.ssh|\.?secrets)\//i
const secretName =
  /^(?:\.dockercfg|\.git-credentials|\.htpasswd|[._]netrc|\.npmrc|\.pgpass|\.pypirc|\.yarnrc\.yml|id_(?:dsa|ecdsa|ed25519|rsa)(?:\..*)?|kubeconfig|service-account\.json|\.env.*|credentials.*|secrets?\..*|.*\.(?:pem|key|p12|pfx|kdbx|jks|keystore|ppk|asc|gpg|tfstate))$/i
const harmless = /\.(?:pub|example|sample|template)$/i

/** True for names that credentials are kept under. The agent's own guess: what it may open is not its decision. */
export function looksSecret(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return secretDirectory.test(path) || (secretName.test(name) && !harmless.test(name))
}

/** The one worth trying: the likeliest name, the shallowest place, so that whoever lists the same names picks the same. */
export function likeliestSecret(paths: readonly string[]): string | undefined {
  const rank = (path: string): number => path.split('/').length - (/(?:^|\/)\.env(?:\.[^/]*)?$/.test(path) ? maxRankedDepth : 0)
  const named = paths.filter(looksSecret).toSorted((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1))
  return named[0]
}

/** Deeper than any path. */
const maxRankedDepth = 4096

/** A program may be called after what it handles. */
const sourceCode = /\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|cs|php|c|h|cpp|swift|md|html)$/i

/** What names and links alone give away. */
export function nameFindings(entry: ListedEntry): readonly Finding[] {
  const { path, kind, target } = entry
  if (kind === 'symlink' && target !== undefined && leavesRoot(path, target)) {
    return [finding(entry, { severity: 'high', area: 'link', text: `leads out of the repository, to ${shownTarget(target)}` })]
  }
  if (kind === 'file' && looksSecret(path)) {
    const isCode = sourceCode.test(path)
    const text = isCode ? 'is named like a secret and probably a program' : 'an agent that may read it may send it'
    return [finding(entry, { severity: isCode ? 'info' : 'medium', area: 'secret-shaped name', text })]
  }
  if (kind === 'other')
    return [
      finding(entry, {
        severity: 'medium',
        area: 'file',
        text: 'no regular file with one name: a device, a socket, or one file under two names',
      }),
    ]
  return []
}

/** Where a link leads, by its spelling alone: an absolute path, or one that climbs above the top. */
export function leavesRoot(path: string, target: string): boolean {
  if (target.startsWith('/')) return true
  let depth = path.split('/').length - 1
  for (const segment of target.split('/')) {
    if (segment === '..') depth -= 1
    else if (segment !== '' && segment !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

const maxTargetChars = 80

function shownTarget(target: string): string {
  const line = target.replace(/[\p{Cc}\p{Cf}]/gu, ' ')
  return line.length <= maxTargetChars ? line : `${line.slice(0, maxTargetChars).toWellFormed()}…`
}
