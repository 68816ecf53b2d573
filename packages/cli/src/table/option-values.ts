import { IceError } from '@ice-runtime/kernel'

/** What was given on the command line, read by the kind each option is. Throws `usage.invalid` for a value of another kind. */
export interface OptionValues {
  flag(name: string): boolean
  text(name: string): string | undefined
  list(name: string): readonly string[]
  /** A whole number ≥ `least`. */
  amount(name: string, least?: number): number | undefined
}

export function optionValues(given: { readonly [name: string]: unknown }): OptionValues {
  const text = (name: string): string | undefined => {
    const value = given[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    flag: (name) => given[name] === true,
    text,
    list: (name) => {
      const value = given[name]
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
    },
    amount: (name, least = 1) => {
      const value = text(name)
      if (value === undefined) return undefined
      const amount = Number(value)
      if (/^\d+$/.test(value) && Number.isSafeInteger(amount) && amount >= least) return amount
      throw new IceError('usage.invalid', `--${dashed(name)} is a whole number of at least ${least}, not ${JSON.stringify(value)}`)
    },
  }
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
