import { randomBytes } from 'node:crypto'

const nameChars = 20
/** 32 characters, so that five bits of a random byte pick one without favour. */
const alphabet = '0123456789abcdefghijklmnopqrstuv'
/** 45 bits of milliseconds: enough beyond the year 3000. */
const timeChars = 9
/** Drawn at once, because each draw costs more than its bytes. */
const poolBytes = 4096

let pool = new Uint8Array(0)
let drawn = 0

/** 100 random bits in 20 characters. */
export function randomName(chars: number = nameChars): string {
  if (drawn + chars > pool.length) {
    pool = randomBytes(poolBytes)
    drawn = 0
  }
  let name = ''
  for (const end = drawn + chars; drawn < end; drawn += 1) name += alphabet[(pool[drawn] ?? 0) % alphabet.length]
  return name
}

/** Runs sort by when they were started, and those of one time are neighbours in every index; 55 random bits tell them apart. */
export function runName(now: number): string {
  return now.toString(alphabet.length).padStart(timeChars, '0') + randomName(nameChars - timeChars)
}
