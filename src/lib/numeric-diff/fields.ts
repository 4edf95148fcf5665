import { formatPath } from '#lib/json'

export const DIFFERENCE_KINDS = ['within', 'different', 'nan', 'missing', 'extra'] as const
/**
 * `within` the tolerance; `different` values or kinds of value; `nan` on one side only; `missing` on the right; `extra` on
 * the right.
 */
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number]

/** One place where the two sides are not the same. */
export interface Difference {
  readonly kind: DifferenceKind
  /** Of the place, with its indexes: `predictions[3].score`; '' is the whole value. */
  readonly path: string
  /** JSON of the values, cut; undefined on the side where there is none. */
  readonly left: string | undefined
  readonly right: string | undefined
  /** |left − right| / max(|left|, |right|); Infinity for all that are no two finite numbers. */
  readonly relative: number
  /** What the pair was called in which it was found. */
  readonly source: string
}

/** What was found at all places that are alike but for their indexes. */
export interface FieldDifferences {
  /** `predictions[].score`; '' is the whole value. */
  readonly field: string
  readonly equal: number
  readonly within: number
  readonly different: number
  readonly nan: number
  readonly missing: number
  readonly extra: number
  /** The largest among pairs of finite numbers; 0 when there was none that differs. */
  readonly maxRelative: number
  readonly maxAbsolute: number
  readonly worst: Difference | undefined
}

/** Where a difference was found, without the text that only the worst of a field needs. */
export interface Found {
  readonly kind: DifferenceKind
  readonly relative: number
  readonly absolute: number
}

/** How the field is called that takes all others once there are too many. */
const OTHERS = '…'

/** A field as a node of the tree of fields: the step from its parent is a name or, for the elements of an array, nothing. */
export class Field {
  equal = 0
  within = 0
  different = 0
  nan = 0
  missing = 0
  extra = 0
  maxRelative = 0
  maxAbsolute = 0
  worst: Difference | undefined = undefined
  readonly #fields: Fields
  readonly #parent: Field | undefined
  readonly #name: string | undefined
  readonly #members = new Map<string, Field>()
  #elements: Field | undefined

  constructor(fields: Fields, parent: Field | undefined, name: string | undefined) {
    this.#fields = fields
    this.#parent = parent
    this.#name = name
  }

  member(name: string): Field {
    const known = this.#members.get(name)
    if (known !== undefined) return known
    const made = this.#fields.make(this, name)
    if (made !== this.#fields.others) this.#members.set(name, made)
    return made
  }

  element(): Field {
    this.#elements ??= this.#fields.make(this, undefined)
    return this.#elements
  }

  /** Whether `found` is worse than all before. */
  isWorst(found: Found): boolean {
    return this.worst === undefined || rank(found) > rank(this.worst)
  }

  count({ kind, relative, absolute }: Found): void {
    this[kind]++
    if (relative !== Infinity) {
      this.maxRelative = Math.max(this.maxRelative, relative)
      this.maxAbsolute = Math.max(this.maxAbsolute, absolute)
    }
  }

  /** The path with these indexes, from the outside in. */
  pathAt(indexes: readonly number[]): string {
    if (this === this.#fields.others) return OTHERS
    const steps: (string | number)[] = []
    let left = indexes.length
    for (const field of this.#line()) steps.unshift(field.#name ?? (indexes[--left] as number))
    return formatPath(steps)
  }

  pattern(): string {
    if (this === this.#fields.others) return OTHERS
    let text = ''
    for (const field of this.#line().toReversed()) {
      const step = field.#name === undefined ? '[]' : formatPath([field.#name])
      text += text === '' || step.startsWith('[') ? step : `.${step}`
    }
    return text
  }

  report(): FieldDifferences {
    const { equal, within, different, nan, missing, extra, maxRelative, maxAbsolute, worst } = this
    return { field: this.pattern(), equal, within, different, nan, missing, extra, maxRelative, maxAbsolute, worst }
  }

  /** This field and its parents but for the whole value, from the inside out. */
  #line(): Field[] {
    const line: Field[] = []
    let at: Field = this
    while (at.#parent !== undefined) {
      line.push(at)
      at = at.#parent
    }
    return line
  }
}

/** What fails comes before what is within the tolerance. */
const rank = ({ kind, relative }: { kind: DifferenceKind; relative: number }): number =>
  kind === 'within' ? relative / (1 + relative) - 2 : relative

/** All fields that were seen. Objects used as maps have a field for each key, so their number is bounded. */
export class Fields {
  readonly root: Field
  readonly others: Field
  readonly #all: Field[] = []
  readonly #max: number

  constructor(max: number) {
    this.#max = max
    this.root = new Field(this, undefined, undefined)
    this.others = new Field(this, undefined, OTHERS)
    this.#all.push(this.root)
  }

  make(parent: Field, name: string | undefined): Field {
    if (parent === this.others || this.#all.length >= this.#max) return this.others
    const field = new Field(this, parent, name)
    this.#all.push(field)
    return field
  }

  /** Those at which something was compared, the worst first. */
  report(): FieldDifferences[] {
    return [...this.#all, this.others]
      .map((field) => field.report())
      .filter((field) => field.equal > 0 || field.worst !== undefined)
      .sort(compareFields)
  }
}

function compareFields(a: FieldDifferences, b: FieldDifferences): number {
  const byWorst = (b.worst === undefined ? -3 : rank(b.worst)) - (a.worst === undefined ? -3 : rank(a.worst))
  // Two infinities are as bad as each other.
  if (byWorst !== 0 && !Number.isNaN(byWorst)) return byWorst
  const byNumber = failures(b) - failures(a)
  if (byNumber !== 0) return byNumber
  return a.field < b.field ? -1 : 1
}

/** Pairs that are not the same within the tolerance. */
export const failures = ({ different, nan, missing, extra }: Omit<FieldDifferences, 'worst' | 'field'>): number =>
  different + nan + missing + extra
