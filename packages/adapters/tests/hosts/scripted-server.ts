import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface ScriptedServer extends AsyncDisposable {
  /** On loopback. */
  readonly url: string
  /** Bodies of the requests that were answered, in order. */
  readonly requests: readonly unknown[]
}

/** Answers a request, or says that it does not by false. */
type Respond = (url: string, body: unknown, response: ServerResponse) => boolean

/** A server on loopback that answers by a script. What the script does not answer is not found. */
export async function startScriptedServer(respond: Respond): Promise<ScriptedServer> {
  const requests: unknown[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.method === 'POST' && respond(request.url ?? '', body, response)) {
        requests.push(body)
        return
      }
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ type: 'error', error: { type: 'not_found_error', message: 'not scripted' } }))
    })
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
