'use strict'
// Runs before every npm script, on whatever Node the machine has. It is written in the JavaScript of 2015 and imports nothing
// new, so that an old Node reads it and says what is missing instead of failing on the first line of TypeScript.
const neededMajor = 24
// The store refuses an earlier one, which has the WAL-reset bug (https://sqlite.org/wal.html); early releases of Node 24 bring one.
const neededSqlite = '3.51.3'
const found = process.versions.node
const sqlite = process.versions.sqlite

function isOlder(left, right) {
  const leftParts = left.split('.').map(Number)
  const rightParts = right.split('.').map(Number)
  for (let index = 0; index < rightParts.length; index += 1) {
    if (leftParts[index] !== rightParts[index]) return leftParts[index] < rightParts[index]
  }
  return false
}

function stop(problem) {
  console.error(
    [
      problem,
      'Either let npm bring one: run `npm ci` without --ignore-scripts, and npm scripts use the copy it installs;',
      'or install the newest Node ' + neededMajor + ' from https://nodejs.org/en/download and put it first on your PATH.',
    ].join('\n'),
  )
  process.exit(1)
}

if (Number(found.split('.')[0]) < neededMajor) {
  stop('ICE needs Node ' + neededMajor + ' or newer; this is Node ' + found + ' (' + process.execPath + ').')
}
if (sqlite !== undefined && isOlder(sqlite, neededSqlite)) {
  stop('ICE needs a Node ' + neededMajor + ' or newer that has SQLite ' + neededSqlite + '; Node ' + found + ' has SQLite ' + sqlite + '.')
}
