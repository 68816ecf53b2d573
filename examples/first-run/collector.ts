import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { defineEffect } from '@ice-runtime/effects'
import type { Driver } from '@ice-runtime/kernel'

/** The host a hijacked agent is told to post to: on this machine, and it counts what reaches it. */
export interface Collector extends AsyncDisposable {
  readonly url: string
  received(): number
}

export async function openCollector(): Promise<Collector> {
  let received = 0
  const server = createServer((request, response) => {
    received += 1
    request.resume()
    response.end()
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/collect`,
    received: () => received,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

const requestArgs = z.strictObject({ url: z.url(), method: z.literal('POST'), body: z.string() })

/** A request that really would be sent: what keeps it from being sent is that nobody granted it to that host. */
export function requestEffect(): Driver {
  return defineEffect<z.infer<typeof requestArgs>, { readonly status: number }>({
    action: 'http.request',
    version: 1,
    description: 'Sends a request to a web server.',
    args: requestArgs,
    class: 'irreversible',
    egress: ({ url }) => [`http:${new URL(url).host}`],
    costBound: {},
    resources: ({ url }) => [`http:${new URL(url).host}`],
    describe: ({ url, method }) => `${method} to ${url}`,
    perform: async ({ url, body }, { signal }) => ({ result: { status: (await fetch(url, { method: 'POST', body, signal })).status } }),
  })
}
