/** Directories whose whole content is about credentials. */
const secretDirectories: ReadonlySet<string> = new Set([
  '.aws',
  '.azure',
  '.gnupg',
  '.kube',
  '.password-store',
  '.ssh',
  'secrets',
  '.secrets',
])

/** File names that tools use for credentials. */
const secretNames: ReadonlySet<string> = new Set([
  '.dockercfg',
  '.git-credentials',
  '.htpasswd',
  '.netrc',
  '.npmrc',
  '.pgpass',
  '.pypirc',
  '.yarnrc.yml',
  '_netrc',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  'id_rsa',
  'kubeconfig',
  'service-account.json',
])

/** Endings of key stores and private keys. */
const secretEndings: readonly string[] = ['.pem', '.key', '.p12', '.pfx', '.kdbx', '.jks', '.keystore', '.ppk', '.asc', '.gpg', '.tfstate']

/** Beginnings: `.env`, `.env.local`, `.envrc`; `id_rsa.bak`. */
const secretBeginnings: readonly string[] = ['.env', 'id_rsa.', 'id_ed25519.']

/** Beginnings that programs about secrets have as well: `credentials.json` and `secrets.yaml` are meant, `secrets.ts` is not. */
const ambiguousBeginnings: readonly string[] = ['credentials', 'secret.', 'secrets.']

/** Source code and prose: what is written to be read. */
const readableEndings: readonly string[] = [
  '.c',
  '.cc',
  '.cpp',
  '.cs',
  '.go',
  '.h',
  '.java',
  '.js',
  '.jsx',
  '.kt',
  '.md',
  '.mjs',
  '.cjs',
  '.php',
  '.py',
  '.rb',
  '.rs',
  '.rst',
  '.scala',
  '.swift',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
]

/** What only looks like one: examples are meant to be read, and public keys to be given away. */
const harmlessEndings: readonly string[] = ['.pub', '.example', '.sample', '.template']

/**
 * True when the spelling of a path, any segment of it, is one that credentials are kept under. Case and Unicode compatibility
 * forms are folded, and trailing dots and spaces dropped, so that another spelling of the same file on another file system does
 * not escape. A guess from names: it neither finds every secret nor proves one. Pure.
 */
export function isSecretShaped(path: string): boolean {
  const segments = path.split('/').map(folded)
  return segments.some(
    (segment, index) =>
      secretDirectories.has(segment) || (index === segments.length - 1 ? isSecretName(segment) : isSecretDirectory(segment)),
  )
}

function isSecretName(name: string): boolean {
  if (harmlessEndings.some((ending) => name.endsWith(ending))) return false
  if (secretNames.has(name) || isSecretStart(name) || secretEndings.some((ending) => name.endsWith(ending))) return true
  if (readableEndings.some((ending) => name.endsWith(ending))) return false
  return ambiguousBeginnings.some((beginning) => name.startsWith(beginning))
}

/** A directory called `.env.d` or `credentials` holds what its name says. */
function isSecretDirectory(name: string): boolean {
  return isSecretStart(name) || ambiguousBeginnings.some((beginning) => name.startsWith(beginning))
}

function isSecretStart(name: string): boolean {
  return secretBeginnings.some((beginning) => name.startsWith(beginning))
}

function folded(segment: string): string {
  return segment
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '')
    .replace(/[. ]+$/, '')
}
