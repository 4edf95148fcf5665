import { AboxError } from '#core/errors'
import { jsonErrors } from './errors.ts'

/**
 * ```
 * rule  = first *( "." name | "." "*" | "." "**" | index )
 * first = name | "*" | "**" | index
 * index = "[" digits "]" | "[*]" | "[]" | "[" JSON-string "]"     the last form is a name
 * name  = 1*(any character except . [ ] " *), without white space at either end
 * ```
 * `*` is any one member, `[*]` (or `[]`) any one element, `**` any number of steps of either kind, none included:
 * `args[*].userId`, `predictions[].score`, `**.phone`.
 */
const STEP = /(?:(?!^)\.|^)([^.[\]"*]+|\*\*?)|\[(\d{1,9})\]|\[(\*?)\]|\[("(?:[^"\\]|\\.)*")\]/y
const MAX_LENGTH = 1024
const MAX_STEPS = 32
/** Sets of places that are remembered; more of them come only from rules with many `*` behind `**`. */
const MAX_STATES = 4096

type Token =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'anyMember' | 'anyElement' | 'deep' }

/** How far rules have been followed along a path. Two states that say the same are the same object. */
export interface PathState {
  /** Whether the path up to here is what a rule names: the value here is meant, and everything inside it. */
  readonly matched: boolean
  /** Whether nothing inside this value can be meant: it needs no looking into. */
  readonly dead: boolean
  member(name: string): PathState
  element(index: number): PathState
}

/**
 * Rules that name places in JSON values, made ready to be followed along with a reader: one look-up for each step, however
 * many rules there are. Throws ABOX_JSON_PATH with text and place.
 */
export function compilePathRules(texts: readonly string[]): PathState {
  const automaton = new Automaton(texts.map(parseRule))
  return automaton.start
}

function parseRule(text: string): readonly Token[] {
  if (text.length > MAX_LENGTH) throw bad(text.slice(0, 40), `it has ${text.length} characters, at most ${MAX_LENGTH}`)
  const tokens: Token[] = []
  const step = new RegExp(STEP)
  for (let at = 0; at < text.length; at = step.lastIndex) {
    step.lastIndex = at
    const match = step.exec(text)
    if (match === null) {
      throw bad(text, `at character ${at}: expected a name, ".name", ".*", ".**", "[0]", "[*]" or "[\\"name\\"]"`)
    }
    tokens.push(tokenOf(match, text))
  }
  if (tokens.length === 0) throw bad(text, 'it is empty, expected at least one step')
  if (tokens.length > MAX_STEPS) throw bad(text, `it has ${tokens.length} steps, at most ${MAX_STEPS}`)
  return tokens
}

function tokenOf([, word, digits, star, quoted]: RegExpExecArray, text: string): Token {
  if (word === '**') return { kind: 'deep' }
  if (word === '*') return { kind: 'anyMember' }
  // A typo, which would mean nothing and so hide nothing; who means it puts the name in quotes.
  if (word !== undefined && word !== word.trim()) throw bad(text, `found white space beside "${word.trim()}"`)
  if (word !== undefined) return { kind: 'member', name: word }
  if (digits !== undefined) return { kind: 'element', index: Number(digits) }
  if (star !== undefined) return { kind: 'anyElement' }
  try {
    return { kind: 'member', name: JSON.parse(quoted as string) as string }
  } catch {
    throw bad(text, `${quoted} is no JSON string`)
  }
}

const bad = (text: string, what: string): AboxError =>
  new AboxError(jsonErrors.ABOX_JSON_PATH, `path rule "${text}": ${what}`)

/** The rules as a finite automaton whose states are made when a path first needs them. */
class Automaton {
  readonly start: PathState
  readonly #rules: readonly (readonly Token[])[]
  /** Names and indexes that rules tell apart; all others lead to the same state. */
  readonly #names = new Set<string>()
  readonly #indexes = new Set<number>()
  readonly #states = new Map<string, State>()

  constructor(rules: readonly (readonly Token[])[]) {
    this.#rules = rules
    for (const token of rules.flat()) {
      if (token.kind === 'member') this.#names.add(token.name)
      else if (token.kind === 'element') this.#indexes.add(token.index)
    }
    this.start = this.#stateOf(rules.flatMap((_, rule) => this.#closure(rule, 0)))
  }

  /** From here on nothing is remembered any more, so that no data makes the automaton grow. */
  get full(): boolean {
    return this.#states.size >= MAX_STATES
  }

  knowsName(name: string): boolean {
    return this.#names.has(name)
  }

  knowsIndex(index: number): boolean {
    return this.#indexes.has(index)
  }

  /** The state after one more step, a name or an index. */
  follow(places: readonly number[], step: string | number | undefined, inArray: boolean): State {
    const next: number[] = []
    for (const place of places) {
      const rule = Math.floor(place / (MAX_STEPS + 1))
      const at = place % (MAX_STEPS + 1)
      const token = this.#rules[rule]?.[at]
      if (token === undefined) continue
      if (takes(token, step, inArray)) next.push(...this.#closure(rule, token.kind === 'deep' ? at : at + 1))
    }
    return this.#stateOf(next)
  }

  /** A `**` may also stand for nothing. */
  #closure(rule: number, at: number): number[] {
    const places = [rule * (MAX_STEPS + 1) + at]
    for (let next = at; this.#rules[rule]?.[next]?.kind === 'deep'; next++) {
      places.push(rule * (MAX_STEPS + 1) + next + 1)
    }
    return places
  }

  #stateOf(places: readonly number[]): State {
    const sorted = [...new Set(places)].sort((a, b) => a - b)
    const key = sorted.join()
    const known = this.#states.get(key)
    if (known !== undefined) return known
    const ends = (place: number): boolean =>
      place % (MAX_STEPS + 1) === this.#rules[Math.floor(place / (MAX_STEPS + 1))]?.length
    const state = new State(this, sorted, sorted.some(ends))
    if (!this.full) this.#states.set(key, state)
    return state
  }
}

function takes(token: Token, step: string | number | undefined, inArray: boolean): boolean {
  switch (token.kind) {
    case 'member':
      return !inArray && token.name === step
    case 'element':
      return inArray && token.index === step
    case 'anyMember':
      return !inArray
    case 'anyElement':
      return inArray
    case 'deep':
      return true
  }
}

class State implements PathState {
  readonly matched: boolean
  readonly dead: boolean
  readonly #automaton: Automaton
  readonly #places: readonly number[]
  readonly #next = new Map<string | number, State>()
  #otherMember: State | undefined
  #otherElement: State | undefined

  constructor(automaton: Automaton, places: readonly number[], matched: boolean) {
    this.#automaton = automaton
    this.#places = places
    this.matched = matched
    this.dead = places.length === 0
  }

  member(name: string): PathState {
    if (this.dead) return this
    if (this.#automaton.knowsName(name)) return this.#known(name, false)
    const next = this.#otherMember ?? this.#automaton.follow(this.#places, undefined, false)
    if (!this.#automaton.full) this.#otherMember = next
    return next
  }

  element(index: number): PathState {
    if (this.dead) return this
    if (this.#automaton.knowsIndex(index)) return this.#known(index, true)
    const next = this.#otherElement ?? this.#automaton.follow(this.#places, undefined, true)
    if (!this.#automaton.full) this.#otherElement = next
    return next
  }

  #known(step: string | number, inArray: boolean): State {
    let next = this.#next.get(step)
    if (next === undefined) {
      next = this.#automaton.follow(this.#places, step, inArray)
      if (!this.#automaton.full) this.#next.set(step, next)
    }
    return next
  }
}
