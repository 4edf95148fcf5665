import { type JavaClass, type Leaf, layoutOf } from './java-classes.ts'
import { HessianRevisit } from './revisit.ts'
import { type HessianScan, UNTIL_END } from './scan.ts'

/** Such objects hold each other at most this deep (a zoned date-time, its date-time, its date). */
const MAX_NESTED = 4
/** Bytes read for one of them (a BigInteger of 2048 words has 10 KiB); what is larger is written field by field. */
const MAX_BYTES = 12 * 1024
/** The last one of its values may be a string of so many bytes, which is a decimal of as many digits. */
const MAX_STRING_BYTES = 128 * 1024

/**
 * Reads the objects of java-classes.ts as text. A stream can make it read the same bytes over and over by references,
 * so what it reads is bounded for each object, and counted for the caller to charge.
 */
export class JavaText extends HessianRevisit {
  /** Bytes read so far. */
  spent = 0
  readonly #isEnum: ((className: string) => boolean | undefined) | undefined
  #most = 0

  constructor(scan: HessianScan, isEnum: ((className: string) => boolean | undefined) | undefined) {
    super(scan, 0)
    this.#isEnum = isEnum
  }

  /** Text of the object whose fields begin at `offset`, and `pos` then stands behind it; undefined when it has none. */
  read(offset: number, size: number, fields: readonly string[], layout: JavaClass): string | undefined {
    this.pos = offset
    this.#most = this.spent + MAX_BYTES
    return this.#object(size, fields, layout, 0)
  }

  #object(size: number, fields: readonly string[], layout: JavaClass, nested: number): string | undefined {
    const leaves: Leaf[] = []
    for (let i = 0; i < size; i++) {
      const leaf = this.#leaf(nested)
      if (leaf === undefined) return undefined
      leaves.push(leaf)
    }
    return layout.text(layout.fields.map((field) => leaves[fields.lastIndexOf(field)] as Leaf))
  }

  /** Undefined when the value is none of few bytes, or holds one. */
  #leaf(nested: number): Leaf | undefined {
    if (nested > MAX_NESTED || this.spent > this.#most) return undefined
    const start = this.pos
    const kind = this.peek()
    if (kind === 'ref') return this.#followed(nested)
    if (kind === 'list') return this.#list(nested)
    if (kind === 'object' || kind === 'class') return this.#inner(nested)
    const leaf = this.#scalar(kind)
    this.spent += this.pos - start
    return leaf
  }

  #scalar(kind: string): Leaf | undefined {
    switch (kind) {
      case 'null':
        this.pos++
        return null
      case 'boolean':
        return this.bytes[this.pos++] === 0x54
      case 'int':
        return this.readInt()
      case 'long':
        return this.readLong()
      case 'double':
        return this.readDouble()
      case 'date':
        return this.readDate()
      case 'string':
        return this.readStringWithin(MAX_STRING_BYTES)
      default:
        return undefined
    }
  }

  #followed(nested: number): Leaf | undefined {
    const target = this.refTarget()
    const back = this.pos
    this.pos = target
    this.spent += 2
    const leaf = this.#leaf(nested + 1)
    this.pos = back
    return leaf
  }

  #inner(nested: number): Leaf | undefined {
    const start = this.pos
    const info = this.objectClass(this.passClasses())
    this.spent += this.pos - start
    const layout = layoutOf(info, this.#isEnum)
    return layout && this.#object(info.fieldOffsets.length, info.fields, layout, nested + 1)
  }

  #list(nested: number): Leaf | undefined {
    const start = this.pos
    const count = this.listHead(this.bytes[start] as number)
    this.spent += this.pos - start
    const leaves: Leaf[] = []
    for (let i = 0; count === UNTIL_END ? this.bytes[this.pos] !== 0x5a : i < count; i++) {
      const leaf = this.#leaf(nested + 1)
      if (leaf === undefined) return undefined
      leaves.push(leaf)
    }
    if (count === UNTIL_END) this.pos++
    return leaves
  }
}
