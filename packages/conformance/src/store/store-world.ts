import type { LogId, Sha256, Store, ViewDefinition } from '@ice-runtime/kernel'

/** A place where one log is kept, empty at first. */
export interface StoreWorld {
  readonly logId: LogId
  readonly sha256: Sha256
  /** Opens what the place holds. At most one store is open at a time. Lazy entries wait for ever unless something asks for a sync. */
  open(views?: readonly ViewDefinition[]): Store
  /** Makes the next write of a group of the open store fail for real, or says nothing can. */
  breakNextWrite(): void
  /** Undoes what `breakNextWrite` did to the place, so that it can be opened again. */
  repair(): void
  close(): void | Promise<void>
}

export interface StoreContract {
  /** A fresh world each time. */
  open(): StoreWorld | Promise<StoreWorld>
}

export type Law = (world: StoreWorld) => Promise<void>

/** Runs a law in a world of its own. */
export async function inWorld(contract: StoreContract, law: Law): Promise<void> {
  const world = await contract.open()
  try {
    await law(world)
  } finally {
    await world.close()
  }
}
