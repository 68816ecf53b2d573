import type { RecordedProposal } from '@ice-runtime/kernel'

/** How many recorded proposals an agent makes before outcome `index` (from 0) reaches it, as their own counts of outcomes tell. */
export function recordedPace(proposals: Iterable<RecordedProposal>): (index: number) => number {
  const madeAfter: number[] = []
  for (const { after } of proposals) madeAfter[after] = (madeAfter[after] ?? 0) + 1
  const madeBefore: number[] = []
  let sum = 0
  for (let index = 0; index < madeAfter.length; index += 1) {
    sum += madeAfter[index] ?? 0
    madeBefore.push(sum)
  }
  return (index) => madeBefore[index] ?? sum
}
