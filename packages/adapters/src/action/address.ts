/** Where a URL leads, as far as its spelling says. */
export interface Address {
  readonly scheme: string
  readonly host: string
  readonly port: number
  /** From `/`, without `..`, as a URL is read everywhere. */
  readonly path: string
  /** `scheme://host:port`, the form grants name. */
  readonly destination: string
}

/** Longer than any server takes, shorter than a fact may be. */
export const maxUrlChars = 4096
const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** Undefined for what is no absolute http(s) URL, and for one with a user name or password in it, which reads as another host. */
export function addressOf(text: string): Address | undefined {
  if (text.length > maxUrlChars || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const port = url.port === '' ? defaultPorts[url.protocol] : Number(url.port)
  if (port === undefined || defaultPorts[url.protocol] === undefined || url.hostname === '') return undefined
  if (url.username !== '' || url.password !== '') return undefined
  const scheme = url.protocol.slice(0, -1)
  return { scheme, host: url.hostname, port, path: url.pathname, destination: `${scheme}://${url.hostname}:${port}` }
}
