import { expect, test } from 'vitest'
import { effectClasses, isWithinClass } from './effect-class.ts'

test('the classes go from harmless to final', () => {
  expect(effectClasses).toStrictEqual(['observe', 'staged', 'keyed', 'irreversible'])
})

test('a class is within its own ceiling and every later one, and within no earlier one', () => {
  for (const [index, effectClass] of effectClasses.entries()) {
    expect(effectClasses.filter((ceiling) => isWithinClass(effectClass, ceiling))).toStrictEqual(effectClasses.slice(index))
  }
})
