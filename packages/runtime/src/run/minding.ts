import { isTerminated, transitionFor, undoablePhases } from '@ice-runtime/kernel'
import type { Run } from '@ice-runtime/kernel'
import { runOf, stopped } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import type { Order } from './order.ts'

/**
 * Sees to it that a child does what its parent's phase means for it, for as long as it is at work: ended with a parent that ends, held
 * with one that is held. When the child is let go of without an end, so is its parent: neither can go on without the other. `over`
 * resolves when the child is let go, or both are loaded again.
 */
export async function mindChild(parent: LiveRun, child: LiveRun, over: Promise<void>): Promise<void> {
  let isOver = false
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
  const childLost = child.failure()
  if (childLost !== undefined) return parent.fail(childLost)
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

/** What an operator's order to one run orders of those below it. */
export function orderBelow(order: Order): Order | undefined {
  if (order.type === 'AbortRun') return endedWithParent(order.by, order.origin)
  if (order.type === 'SuspendRun') return heldWithParent
  return order.type === 'RevokeGrant' ? order : undefined
}

/** Every run below one that is at work here, the nearest first. */
export function allBelow(live: LiveRun): readonly LiveRun[] {
  return [...live.children].flatMap((child) => [child, ...allBelow(child)])
}
