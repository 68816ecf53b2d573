'use strict'
// Runs before every npm script, on whatever Node the machine has. It is written in the JavaScript of 2015 and imports nothing
// new, so that an old Node reads it and says what is missing instead of failing on the first line of TypeScript.
const neededMajor = 24
const found = process.versions.node

if (Number(found.split('.')[0]) < neededMajor) {
  console.error(
    [
      'ICE needs Node ' + neededMajor + ' or newer; this is Node ' + found + ' (' + process.execPath + ').',
      'Either let npm bring one: run `npm ci` without --ignore-scripts, and npm scripts use the copy it installs;',
      'or install Node ' + neededMajor + ' from https://nodejs.org/en/download and put it first on your PATH.',
    ].join('\n'),
  )
  process.exit(1)
}
