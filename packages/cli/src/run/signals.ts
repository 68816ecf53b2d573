/** How the outside asks this process to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM'

export interface Signals extends Disposable {
  /** Resolves at the first of them. */
  readonly stopped: Promise<StopSignal>
}

/**
 * Listens for both. After the first one the process is stopping; the second one gets the system's own handling and ends it at once,
 * which loses nothing that was recorded.
 */
export function listenForSignals(): Signals {
  const { promise, resolve } = Promise.withResolvers<StopSignal>()
  const remove = (): void => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', terminate)
  }
  const heard = (signal: StopSignal): void => {
    remove()
    resolve(signal)
  }
  const interrupt = (): void => heard('SIGINT')
  const terminate = (): void => heard('SIGTERM')
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', terminate)
  return { stopped: promise, [Symbol.dispose]: remove }
}
