import { compilePathRules, JsonOutline, JsonReader, type PathState } from '#lib/json'
import { type Difference, type Field, type FieldDifferences, Fields, type Found } from './fields.ts'
import { NumberComparer } from './numbers.ts'

export interface CompareOptions {
  /** Part of the larger number, 0 unless given; not for two integers. */
  readonly relative?: number
  readonly absolute?: number
  /** Steps between neighbouring doubles; not for two integers. */
  readonly ulps?: number
  /** Places that are not looked at, as path rules of lib/json: `at`, `items[*].id`, `**.trace`. */
  readonly ignore?: readonly string[]
  /** Deeper values are refused; 256. */
  readonly maxDepth?: number
  /** Fields that are told apart; further ones are counted under `…`. 1000. */
  readonly maxFields?: number
}

/** Leaves and empty containers by what was found; a value that is there on one side only, or of another kind, is one. */
export interface Counts {
  readonly equal: number
  readonly within: number
  readonly different: number
  readonly nan: number
  readonly missing: number
  readonly extra: number
  readonly ignored: number
}

export interface JsonDifferences extends Counts {
  readonly worst: Difference | undefined
  /** The worst first. */
  readonly fields: readonly FieldDifferences[]
}

export type Verdict = 'equal' | 'within' | 'different'

/** What the counts of one pair come to. */
export function verdictOf({ within, different, nan, missing, extra }: Counts): Verdict {
  if (different + nan + missing + extra > 0) return 'different'
  return within > 0 ? 'within' : 'equal'
}

/** Compares many pairs and adds up what it finds. */
export interface JsonComparer {
  /**
   * Compares one pair, in linear time; `source` names it in differences. The order of keys means nothing; of equal keys the
   * first is compared with the first. Throws ABOX_JSON_SYNTAX and ABOX_JSON_TOO_DEEP; the pair is then counted in part.
   */
  compare(left: Buffer | string, right: Buffer | string, source?: string): Counts
  /** Of all pairs so far. */
  differences(): JsonDifferences
}

/** Throws ABOX_JSON_PATH for a bad rule. */
export function createComparer(options: CompareOptions = {}): JsonComparer {
  const { relative = 0, absolute = 0, ulps = 0, ignore = [], maxDepth = 256, maxFields = 1000 } = options
  const fields = new Fields(maxFields)
  const rules = compilePathRules(ignore)
  const total = new Tally()
  let worst: Difference | undefined
  return {
    compare(left, right, source = '') {
      const pair = new PairComparer({
        left: new JsonReader(bytesOf(left), 0, undefined, maxDepth),
        right: new JsonReader(bytesOf(right), 0, undefined, maxDepth),
        numbers: new NumberComparer({ relative, absolute, ulps }),
        source
      })
      try {
        pair.run(fields.root, rules)
      } finally {
        total.add(pair.counts)
      }
      return pair.counts
    },
    differences() {
      const found = fields.report()
      worst = found[0]?.worst
      return { ...total, worst, fields: found }
    }
  }
}

/** Compares one pair of JSON texts. See JsonComparer. */
export function compareJson(
  left: Buffer | string,
  right: Buffer | string,
  options: CompareOptions = {}
): JsonDifferences {
  const comparer = createComparer(options)
  comparer.compare(left, right)
  return comparer.differences()
}

const bytesOf = (json: Buffer | string): Buffer => (typeof json === 'string' ? Buffer.from(json) : json)

class Tally implements Counts {
  equal = 0
  within = 0
  different = 0
  nan = 0
  missing = 0
  extra = 0
  ignored = 0

  add(counts: Counts): void {
    for (const name of Object.keys(this) as (keyof Counts)[]) this[name] += counts[name]
  }
}

/** What of a value a difference shows, in bytes. */
const SHOWN_BYTES = 80

interface Pair {
  readonly left: JsonReader
  readonly right: JsonReader
  readonly numbers: NumberComparer
  readonly source: string
}

/** A member of the right object that is still to be compared, and the next one of the same name. */
interface Member {
  readonly start: number
  next: Member | undefined
  /** Of the first one: where the next one goes. */
  last: Member | undefined
}

class PairComparer {
  readonly counts = new Tally()
  readonly #left: JsonReader
  readonly #right: JsonReader
  readonly #numbers: NumberComparer
  readonly #source: string
  /** Of the arrays around the place, from the outside in. */
  readonly #indexes: number[] = []
  /** Where values of the right side end that are looked for by name: each is passed over once, however deep it lies. */
  readonly #outline = new JsonOutline()

  constructor({ left, right, numbers, source }: Pair) {
    this.#left = left
    this.#right = right
    this.#numbers = numbers
    this.#source = source
  }

  run(root: Field, rules: PathState): void {
    this.#value(root, rules)
    this.#left.assertEnd()
    this.#right.assertEnd()
  }

  #value(field: Field, rules: PathState): void {
    const left = this.#left
    const right = this.#right
    const kind = left.peek()
    const rightKind = right.peek()
    const leftStart = left.pos
    const rightStart = right.pos
    if (rules.matched || kind !== rightKind) {
      left.skip()
      right.skip()
      if (rules.matched) this.counts.ignored++
      else this.#found(field, FAR, leftStart, rightStart)
      return
    }
    switch (kind) {
      case 'object':
        this.#object(field, rules)
        return
      case 'array':
        this.#array(field, rules)
        return
      case 'number': {
        const kind = this.#numbers.judge(left, right)
        if (kind === 'equal') this.#equal(field)
        else
          this.#found(
            field,
            { kind, relative: this.#numbers.relative, absolute: this.#numbers.absolute },
            leftStart,
            rightStart
          )
        return
      }
      case 'string':
        left.scanString()
        right.scanString()
        if (this.#sameString()) this.#equal(field)
        else this.#found(field, FAR, leftStart, rightStart)
        return
      case 'true':
      case 'false':
      case 'null':
      case 'end':
        // The same word; at the end of the data this throws.
        left.skip()
        right.skip()
        this.#equal(field)
    }
  }

  #array(field: Field, rules: PathState): void {
    let more = this.#left.enterArray()
    let moreRight = this.#right.enterArray()
    if (!more && !moreRight) {
      this.#equal(field)
      return
    }
    const element = field.element()
    const depth = this.#indexes.push(0) - 1
    for (let index = 0; more || moreRight; index++) {
      this.#indexes[depth] = index
      const rule = rules.element(index)
      if (more && moreRight) this.#value(element, rule)
      else this.#lonely(element, rule, more ? 'missing' : 'extra')
      more = more && this.#left.nextElement()
      moreRight = moreRight && this.#right.nextElement()
    }
    this.#indexes.pop()
  }

  /** Side by side as long as the keys are the same, which they are where one program wrote both; by name from there on. */
  #object(field: Field, rules: PathState): void {
    const left = this.#left
    const right = this.#right
    let more = left.enterObject()
    let moreRight = right.enterObject()
    if (!more && !moreRight) {
      this.#equal(field)
      return
    }
    while (more && moreRight) {
      left.scanKey()
      right.scanKey()
      const name = left.stringText()
      if (!this.#sameString()) {
        this.#byName(field, rules, name, right.stringText())
        return
      }
      this.#value(field.member(name), rules.member(name))
      more = left.nextKey()
      moreRight = right.nextKey()
    }
    if (more || moreRight) {
      this.#byName(field, rules, more ? left.readKey() : undefined, moreRight ? right.readKey() : undefined)
    }
  }

  /** The rest of two objects, whose next keys are read; undefined on a side that is at its end. */
  #byName(field: Field, rules: PathState, first: string | undefined, firstRight: string | undefined): void {
    const left = this.#left
    const right = this.#right
    const members = firstRight === undefined ? NO_MEMBERS : this.#membersFrom(firstRight)
    const end = right.pos
    for (let name = first; name !== undefined; name = left.nextKey() ? left.readKey() : undefined) {
      const member = members.get(name)
      if (member === undefined) {
        this.#lonely(field.member(name), rules.member(name), 'missing')
        continue
      }
      if (member.next === undefined) members.delete(name)
      else {
        member.next.last = member.last
        members.set(name, member.next)
      }
      right.pos = member.start
      this.#value(field.member(name), rules.member(name))
    }
    for (const [name, first] of members) {
      for (let member: Member | undefined = first; member !== undefined; member = member.next) {
        right.pos = member.start
        this.#lonely(field.member(name), rules.member(name), 'extra')
      }
    }
    right.pos = end
  }

  /** All members of the right object from one on whose key is read; the object is then consumed. */
  #membersFrom(firstName: string): Map<string, Member> {
    const right = this.#right
    const members = new Map<string, Member>()
    for (
      let name: string | undefined = firstName;
      name !== undefined;
      name = right.nextKey() ? right.readKey() : undefined
    ) {
      right.peek()
      const member: Member = { start: right.pos, next: undefined, last: undefined }
      const first = members.get(name)
      if (first === undefined) members.set(name, member)
      else {
        ;(first.last ?? first).next = member
        first.last = member
      }
      this.#outline.skip(right)
    }
    return members
  }

  /** A value that stands on one side only. */
  #lonely(field: Field, rules: PathState, kind: 'missing' | 'extra'): void {
    const reader = kind === 'missing' ? this.#left : this.#right
    reader.peek()
    const start = reader.pos
    reader.skip()
    if (rules.matched) {
      this.counts.ignored++
      return
    }
    const found = { kind, relative: Infinity, absolute: Infinity }
    if (kind === 'missing') this.#found(field, found, start, undefined)
    else this.#found(field, found, undefined, start)
  }

  /** Whether the strings or keys that both readers scanned last are the same text. */
  #sameString(): boolean {
    const left = this.#left
    const right = this.#right
    if (left.stringEscaped || right.stringEscaped) return left.stringText() === right.stringText()
    const length = left.stringEnd - left.stringStart
    if (length !== right.stringEnd - right.stringStart) return false
    return left.bytes.compare(right.bytes, right.stringStart, right.stringEnd, left.stringStart, left.stringEnd) === 0
  }

  #equal(field: Field): void {
    field.equal++
    this.counts.equal++
  }

  /** The values start where said and end where the readers are now. */
  #found(field: Field, found: Found, leftStart: number | undefined, rightStart: number | undefined): void {
    field.count(found)
    this.counts[found.kind]++
    if (!field.isWorst(found)) return
    field.worst = {
      kind: found.kind,
      path: field.pathAt(this.#indexes),
      left: textFrom(this.#left, leftStart),
      right: textFrom(this.#right, rightStart),
      relative: found.relative,
      source: this.#source
    }
  }
}

const NO_MEMBERS: Map<string, Member> = new Map()
const FAR: Found = { kind: 'different', relative: Infinity, absolute: Infinity }

/** What was read from `start` on, cut where no character is cut in two. */
function textFrom({ bytes, pos }: JsonReader, start: number | undefined): string | undefined {
  if (start === undefined) return undefined
  if (pos - start <= SHOWN_BYTES) return bytes.toString('utf8', start, pos)
  let end = start + SHOWN_BYTES
  while (((bytes[end] as number) & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', start, end)}…`
}
