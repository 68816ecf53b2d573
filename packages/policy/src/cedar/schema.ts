import type { Driver, FactDeclaration, FactDeclarations, FactType } from '@ice-runtime/kernel'
import { groupsOf } from '../rule/rule.ts'
import type { Schema } from './cedar.ts'

/** What a policy has to know of an action: a driver is one. */
export type PolicyAction = Pick<Driver, 'action' | 'facts'>

type Attribute = (
  | { readonly type: 'String' | 'Long' | 'Boolean' }
  | { readonly type: 'Set'; readonly element: { readonly type: 'String' } }
  | { readonly type: 'Extension'; readonly name: string }
  | { readonly type: 'Record'; readonly attributes: { [name: string]: Attribute } }
) & { readonly required?: boolean }

const text: Attribute = { type: 'String' }
const whole: Attribute = { type: 'Long' }
const truth: Attribute = { type: 'Boolean' }
const texts: Attribute = { type: 'Set', element: { type: 'String' } }

/**
 * The schema of these actions. `absent` are names that rules mention and the catalog lacks: they apply to nothing, so such a rule is
 * found never to match instead of spoiling everything else.
 */
export function schemaOf(actions: readonly PolicyAction[], absent: readonly string[] = []): Schema {
  const names = new Set(actions.map(({ action }) => action))
  const mentioned = [...names, ...absent].flatMap(groupsOf)
  const groups = new Set([...mentioned, ...absent].filter((name) => !names.has(name)))
  return {
    Ice: {
      entityTypes: {
        Agent: { memberOfTypes: ['Namespace'], shape: record({ namespace: text, person: text }) },
        Namespace: {},
        Resource: { memberOfTypes: ['Resource'], shape: record({ kind: text, name: text }) },
      },
      actions: Object.fromEntries([
        ...[...groups].map((group) => [group, { memberOf: groupsOf(group).map(member) }] as const),
        ...actions.map((action) => [action.action, actionOf(action)] as const),
      ]),
    },
  }
}

/** What every action's context has; each of them is always there. */
function contextAttributes(facts: FactDeclarations): { [name: string]: Attribute } {
  return {
    labels: record({ integrity: text, confidentiality: text }),
    class: text,
    egress: texts,
    cost: record({ moneyMicro: { ...whole, required: false }, priceKnown: truth, tokens: whole, sizeBytes: whole, computeMs: whole }),
    run: record({ agent: text, namespace: text, person: text }),
    resources: texts,
    atOnce: truth,
    facts: record(Object.fromEntries(Object.entries(facts).map(([name, declaration]) => [name, factAttribute(declaration)]))),
  }
}

function actionOf({ action, facts }: PolicyAction): Schema[string]['actions'][string] {
  return {
    memberOf: groupsOf(action).map(member),
    appliesTo: { principalTypes: ['Agent'], resourceTypes: ['Resource'], context: record(contextAttributes(facts)) },
  }
}

function member(id: string): { id: string } {
  return { id }
}

function record(attributes: { [name: string]: Attribute }): { type: 'Record'; attributes: { [name: string]: Attribute } } {
  return { type: 'Record', attributes }
}

const factAttributes: { readonly [Type in FactType]: Attribute } = {
  string: text,
  integer: whole,
  boolean: truth,
  strings: texts,
  decimal: { type: 'Extension', name: 'decimal' },
  ip: { type: 'Extension', name: 'ipaddr' },
}

function factAttribute({ type, optional }: FactDeclaration): Attribute {
  return optional === true ? { ...factAttributes[type], required: false } : factAttributes[type]
}
