import { maxLogCharsPerTurn, maxMessageChars, maxProposalsPerTurn, maxTurnChars } from '../limits.ts'

/**
 * Runs in each realm before the agent, and leaves one object of functions to the host. It is text and not a function because its
 * bytes are part of the agent's digest, which a compiler or a test runner would change.
 *
 * It keeps the built-ins it uses before the agent can replace them. An agent that tampers reaches its own realm only: what leaves
 * is text that the host parses as untrusted, one item a line: `p` proposal, `x` proposal that cannot be written as JSON, `s`
 * statement, `l` log, `e` end, `!` bound exceeded.
 *
 * `Math.random` is sfc32 over the run's seed, hashed by xmur3 to four words; two draws make 53 bits.
 */
export const preludeSource: string = String.raw`(() => {
  'use strict'
  const { parse, stringify } = JSON
  const { imul } = Math
  const { apply } = Reflect
  const NativePromise = Promise
  const NativeError = Error
  const NativeString = String
  const then = Promise.prototype.then
  const charCodeAt = String.prototype.charCodeAt
  const slice = String.prototype.slice

  let outbox = ''
  let proposedInTurn = 0
  let loggedChars = 0
  let overflow = ''
  let proposed = 0
  let ended = false
  let registered
  let randomReads = 0
  let a = 1, b = 2, c = 3, d = 4
  const waiting = { __proto__: null }

  const emit = (tag, text) => {
    if (overflow !== '') return
    if (text.length > ${maxMessageChars}) overflow = 'a message of more than ${maxMessageChars} characters'
    else if (outbox.length + text.length > ${maxTurnChars}) overflow = 'more than ${maxTurnChars} characters in one turn'
    else outbox += tag + text + '\n'
  }

  const propose = (action, args, options) => {
    let tag = 'p'
    let text
    try {
      text = stringify({ action, args: args === undefined ? {} : args, reason: options?.reason, at: options?.at })
    } catch (error) {
      tag = 'x'
      text = stringify('not JSON: ' + describe(error).message)
    }
    if (ended) return new NativePromise(() => {})
    proposedInTurn += 1
    if (proposedInTurn > ${maxProposalsPerTurn} && overflow === '') overflow = 'more than ${maxProposalsPerTurn} proposals in one turn'
    emit(tag, text)
    const key = proposed++
    return new NativePromise((resolve, reject) => { waiting[key] = { __proto__: null, resolve, reject } })
  }

  const state = (kind, payload) => {
    if (kind !== 'plan' && kind !== 'assumption' && kind !== 'uncertainty') throw new NativeError('state takes plan, assumption or uncertainty')
    emit('s', stringify({ kind, payload: payload === undefined ? null : payload }))
  }

  const logger = (level) => (...values) => {
    let text = ''
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index]
      let shown
      try {
        if (typeof value === 'string') shown = value
        else if (value instanceof NativeError) shown = value.name + ': ' + value.message
        else shown = stringify(value) ?? NativeString(value)
      } catch { shown = '[unreadable]' }
      text += (index === 0 ? '' : ' ') + shown
    }
    const room = ${maxLogCharsPerTurn} - loggedChars
    if (room <= 0) return
    const line = stringify({ level, text: apply(slice, text, [0, room]) })
    loggedChars += line.length
    emit('l', line)
  }

  const describe = (error) => {
    try {
      if (error instanceof NativeError) return { message: error.name + ': ' + error.message, stack: NativeString(error.stack) }
      return { message: typeof error === 'string' ? error : stringify(error) ?? NativeString(error), stack: '' }
    } catch { return { message: 'an error that cannot be shown', stack: '' } }
  }

  const end = (type, text) => {
    if (ended) return
    ended = true
    emit('e', type + text)
  }
  const complete = (output) => {
    let text
    try { text = stringify(output === undefined ? null : output) } catch (error) { return fail(error) }
    end('c', text === undefined ? 'null' : text)
  }
  const fail = (error) => end('f', stringify(describe(error)))

  const seedRandom = (seed) => {
    let h = 1779033703 ^ seed.length
    for (let index = 0; index < seed.length; index += 1) {
      h = imul(h ^ apply(charCodeAt, seed, [index]), 3432918353)
      h = (h << 13) | (h >>> 19)
    }
    const word = () => {
      h = imul(h ^ (h >>> 16), 2246822507)
      h = imul(h ^ (h >>> 13), 3266489909)
      return (h ^= h >>> 16) >>> 0
    }
    a = word(); b = word(); c = word(); d = word()
    for (let round = 0; round < 12; round += 1) random32()
  }
  const random32 = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t | 0
    return t >>> 0
  }
  Math.random = () => {
    randomReads += 1
    return ((random32() >>> 5) * 67108864 + (random32() >>> 6)) / 9007199254740992
  }

  globalThis.console = {
    debug: logger('debug'), log: logger('info'), info: logger('info'), warn: logger('warn'), error: logger('error'),
  }
  globalThis.defineAgent = (definition) => (registered = definition)
  const context = Object.freeze({ __proto__: null, propose, state })
  const definition = () => {
    const found = typeof iceAgentBundle === 'object' ? iceAgentBundle.default ?? registered : registered
    if (typeof found !== 'object' || found === null) throw new NativeError('the file has no default export made with defineAgent')
    if (typeof found.run !== 'function') throw new NativeError('the agent has no function run')
    return found
  }

  return {
    manifest: () => {
      const { name, version, input, output, requests } = definition()
      return stringify({ name, version, input, output, requests })
    },
    seed: (seed) => { seedRandom(seed) },
    start: (text) => {
      const agent = definition()
      const input = parse(text)
      const running = new NativePromise((resolve) => resolve(apply(agent.run, agent, [input, context])))
      apply(then, running, [complete, fail])
    },
    deliver: (text) => {
      const { key, outcome } = parse(text)
      const waiter = waiting[key]
      if (waiter === undefined) return
      delete waiting[key]
      if (outcome.type === 'succeeded') waiter.resolve(outcome.result)
      else if (outcome.type === 'deferred') waiter.resolve({ deferred: true, id: outcome.id })
      else {
        const error = new NativeError(outcome.type === 'refused' ? 'refused: ' + outcome.code : outcome.code + ': ' + outcome.message)
        error.code = outcome.code
        error.outcome = outcome.type
        waiter.reject(error)
      }
    },
    drain: () => {
      const text = overflow === '' ? outbox : outbox + '!' + stringify(overflow) + '\n'
      outbox = ''
      proposedInTurn = 0
      loggedChars = 0
      return text
    },
    randomReads: () => NativeString(randomReads),
  }
})()`
