import { byteLaws, decisionStages, effectClasses, faultCodes, kinLaws, labels, laws, phases, refusalCodes, rejectionCodes, standingLaws, stateVersion, systemLaws, systemRejectionCodes, taxonomy, taxonomyVersion } from '@ice-runtime/kernel'

/** Every name that others may rely on, one a line. A change of this text is a change of what was promised. */
export function pinnedNames(): string {
  const events = Object.entries(taxonomy).map(([type, { v, category, origins }]) => `${type} ${v} ${category} ${[...origins].sort().join(' ')}`)
  const sections: readonly (readonly [title: string, names: readonly string[]])[] = [
    ['versions', [`taxonomy ${taxonomyVersion}`, `state ${stateVersion}`]],
    ['events: type, version, category, origins', events.sort()],
    ['phases', phases],
    ['effect classes', effectClasses],
    ['labels', labels],
    ['stages of a verdict', decisionStages],
    ['refusal codes', refusalCodes],
    ['rejection codes', rejectionCodes],
    ['rejection codes of standing orders', systemRejectionCodes],
    ['fault codes', faultCodes],
    ['laws', [...byteLaws, ...laws, ...kinLaws, ...standingLaws, ...systemLaws].map(({ id }) => id).sort()],
  ]
  return sections.map(([title, names]) => `# ${title}\n${names.join('\n')}\n`).join('\n')
}
