/** File names in an engine's stacks: lines of the bundle are mapped to the author's sources, those of the prelude are left out. */
export const bundleFile = 'agent.js'
export const preludeFile = '<host>'
