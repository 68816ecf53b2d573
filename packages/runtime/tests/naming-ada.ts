import { ada, plainPrincipal, publicKeyOf } from '@ice-runtime/conformance'
import type { SystemOrder } from '@ice-runtime/kernel'

/** Names Ada as one who may answer: an order that stands and changes no decision. */
export const addAda: SystemOrder = {
  type: 'AddOperator',
  subject: ada.subject,
  name: plainPrincipal.name,
  publicKey: publicKeyOf(ada.key),
  roles: ['ops'],
  by: plainPrincipal.subject,
}
