export { driverContract } from './effect/driver-contract.ts'
export type { DriverContract, DriverWorld } from './effect/driver-contract.ts'
export { openMemoryBlobs } from './effect/memory-blobs.ts'
