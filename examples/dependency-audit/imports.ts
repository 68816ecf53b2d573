/** A package named by a line of source. */
export interface Imported {
  readonly name: string
  /** From 1. */
  readonly line: number
}

const forms: readonly RegExp[] = [
  /^\s*(?:import|export)\b[^'"]*\bfrom\s*['"]([^'"]+)['"]/,
  /^\s*\}\s*from\s*['"]([^'"]+)['"]/,
  /^\s*import\s*['"]([^'"]+)['"]/,
  /\b(?:require|import)\(\s*['"]([^'"]+)['"]\s*\)/,
]

const builtin: ReadonlySet<string> = new Set(
  'assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder timers tls tty url util v8 vm wasi worker_threads zlib'.split(
    ' ',
  ),
)

/** Packages that a source imports, read line by line: no parser, so a string that looks like an import at its line's start counts. */
export function importsOf(text: string): readonly Imported[] {
  return text.split('\n').flatMap((line, index) => {
    const specifier = forms.map((form) => form.exec(line)?.[1]).find((found) => found !== undefined)
    const name = specifier === undefined ? undefined : packageOf(specifier)
    return name === undefined ? [] : [{ name, line: index + 1 }]
  })
}

/** Undefined for what no package provides: files, built-in modules, addresses, aliases. */
function packageOf(specifier: string): string | undefined {
  if (!/^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(?:\/|$)/i.test(specifier)) return undefined
  const [first = '', second = ''] = specifier.split('/')
  const name = first.startsWith('@') ? `${first}/${second}` : first
  return builtin.has(name) ? undefined : name
}
