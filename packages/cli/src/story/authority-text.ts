import { describeTerms } from '@ice-runtime/ice/record'
import type { Channel } from '../terminal/terminal.ts'
import { countText, visible } from '../terminal/text.ts'
import type { AuthorityTree, GrantNode } from './authority-tree.ts'
import { costText } from './tell.ts'

/** A line of the tree, and the lines below it. */
interface Branch {
  readonly line: string
  readonly below: readonly Branch[]
}

/** The tree as people read it: agent, grants, what each was used for, and the children below. */
export function authorityLines(tree: AuthorityTree, channel: Channel): readonly string[] {
  return drawn(branchOf(tree, channel), { first: '', rest: '' })
}

function branchOf(tree: AuthorityTree, channel: Channel): Branch {
  const { paint } = channel
  const title = `${paint('strong', `${visible(tree.agent)} ${visible(tree.version)}`)}  ${tree.run}  ${tree.status}`
  const refused = tree.refused.map(({ action, resource, code, count }): Branch => ({
    line: `${paint('bad', 'refused')}  ${visible(`${action}  ${resource}`.trimEnd())}  ${visible(code)}${times(count)}`,
    below: [],
  }))
  return {
    line: title,
    below: [
      ...tree.grants.map((grant) => grantBranch(grant, channel)),
      ...refused,
      ...tree.children.map((child) => branchOf(child, channel)),
    ],
  }
}

function grantBranch(grant: GrantNode, { paint }: Channel): Branch {
  const { id, terms, from, revoked, use, lent, used } = grant
  const origin = from === undefined ? '' : paint('faint', `  of ${from}`)
  const fallen = revoked ? paint('bad', '  revoked') : ''
  const cost = costText(use.cost)
  const counted = use.count === 0 ? paint('faint', 'unused') : `${countText(use.count, 'use')}${cost === '' ? '' : `, up to ${cost}`}`
  return {
    line: `#${id} ${visible(describeTerms(terms))}${origin}${fallen}  ${counted}`,
    below: [
      ...used.map(({ action, resource, count }): Branch => ({
        line: `${paint('good', 'used')}  ${visible(`${action}  ${resource}`)}${times(count)}`,
        below: [],
      })),
      ...lent.map(({ child, terms: part, returned }): Branch => ({
        line: `${paint('warn', 'lent')}  ${visible(describeTerms(part))}  to ${child}${returned ? ', back' : ''}`,
        below: [],
      })),
    ],
  }
}

function times(count: number): string {
  return count === 1 ? '' : `  ${count} times`
}

function drawn({ line, below }: Branch, indent: { readonly first: string; readonly rest: string }): readonly string[] {
  const lines = below.flatMap((branch, index) => {
    const isLast = index === below.length - 1
    return drawn(branch, { first: `${indent.rest}${isLast ? '└ ' : '├ '}`, rest: `${indent.rest}${isLast ? '  ' : '│ '}` })
  })
  return [`${indent.first}${line}`, ...lines]
}
