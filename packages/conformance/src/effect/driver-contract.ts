import { describe, test } from 'vitest'
import { driverLaws } from './driver-laws.ts'
import type { DriverContract } from './driver-laws.ts'

/** Holds a driver to every law, one test each. Call it at the top of a test file. */
export function driverContract(name: string, contract: DriverContract): void {
  describe(`${name} keeps the driver contract`, () => {
    for (const law of driverLaws(contract)) {
      test(law.sentence, async ({ skip }) => {
        const world = await contract.open()
        try {
          await law.check(world, skip)
        } finally {
          await world.close?.()
        }
      })
    }
  })
}
