import { isTerminated, transitionFor, undoablePhases } from '@ice-runtime/kernel'
import type { Run } from '@ice-runtime/kernel'
import { runOf, stopped } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import type { Order } from './order.ts'

/**
 * Sees to it that a child does what its parent's phase means for it, for as long as it is at work: ended with a parent that ends, held
 * with one that is held. When the child is let go of without an end, so is its parent: neither can go on without the other.
 */
export async function mindChild(parent: LiveRun, child: LiveRun, done: Promise<unknown>): Promise<void> {
  let isOver = false
  const over = done.then(
    () => undefined,
    () => undefined,
  )
  void over.then(() => {
    isOver = true
  })
  parent.children.add(child)
  while (!isOver) {
    adapt(parent, child)
    await Promise.race([over, parent.moved(), child.moved()])
  }
  parent.children.delete(child)
  const lost = child.failure()
  if (lost !== undefined) parent.fail(lost)
  else if (!isTerminated(runOf(child))) parent.stopping.abort(stopped)
  parent.wake()
}

function adapt(parent: LiveRun, child: LiveRun): void {
  const lost = parent.failure()
  if (lost !== undefined) child.fail(lost)
  if (child.failure() !== undefined) return
  const order = orderFor(runOf(parent), runOf(child))
  if (order !== undefined) child.writer.execute(order, 'lazy')
}

function orderFor({ phase: above }: Run, { phase }: Run): Order | undefined {
  const isEnding = above.name === 'aborting' || above.name === 'terminated_by_runtime'
  if (isEnding) return undoablePhases.some((each) => each === phase.name) ? endedWithParent('runtime', 'runtime') : undefined
  if (above.name === 'suspended') return transitionFor(phase.name, 'RunSuspended') === undefined ? undefined : heldWithParent
  const isHeld = phase.name === 'suspended' && phase.cause === 'parent'
  return above.name === 'executing' && isHeld ? { type: 'ResumeRun', by: 'runtime', origin: 'runtime' } : undefined
}

const heldWithParent: Order = { type: 'SuspendRun', cause: 'parent', code: 'run.suspended', origin: 'runtime' }

function endedWithParent(by: string, origin: 'runtime' | 'operator'): Order {
  return { type: 'AbortRun', code: 'run.parent_ended', by, origin }
}

/** Gives an operator's order to the runs below one, the furthest first, before that one has it. */
export function orderBelow(live: LiveRun, order: Order): void {
  if (order.type !== 'AbortRun' && order.type !== 'SuspendRun') return
  for (const child of live.children) {
    orderBelow(child, order)
    if (child.failure() !== undefined) continue
    child.writer.execute(order.type === 'AbortRun' ? endedWithParent(order.by, order.origin) : heldWithParent, 'lazy')
  }
}

/** Every run below one that is at work here, the nearest first. */
export function allBelow(live: LiveRun): readonly LiveRun[] {
  return [...live.children].flatMap((child) => [child, ...allBelow(child)])
}
