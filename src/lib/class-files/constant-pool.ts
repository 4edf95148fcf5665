import type { ClassReader } from './class-reader.ts'

/** What of the constant pool is looked at: texts and class names (JVMS §4.4). */
export interface ConstantPool {
  /** The text at an index. ABOX_CLASS_FORMAT where there is none. */
  text(index: number, what: string): string
  /** The class name at an index, with dots: `com.example.Outer$Inner`. */
  className(index: number, what: string): string
}

const UTF8 = 1
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
const CONTROL = /[\u0000-\u0020\u007f-\u00a0]/
const CLASS = 7
/** Bytes behind the tag of every other constant; `long` and `double` take two numbers. */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  ...[3, 4, 9, 10, 11, 12, 17, 18].map((tag): [number, number] => [tag, 4]),
  ...[5, 6].map((tag): [number, number] => [tag, 8]),
  ...[8, 16, 19, 20].map((tag): [number, number] => [tag, 2]),
  [15, 3]
])

/**
 * ```
 * pool     = count:2 *constant            count is one more than there are numbers
 * constant = 1 length:2 text | 7 name:2 | 5 bytes:8 | 6 bytes:8 | 15 kind:1 index:2 | other bytes
 * ```
 */
export function readConstantPool(reader: ClassReader): ConstantPool {
  const count = reader.u2()
  const texts = new Map<number, string>()
  const classes = new Map<number, number>()
  for (let index = 1; index < count; index++) {
    const at = reader.pos
    const tag = reader.u1()
    if (tag === UTF8) texts.set(index, reader.text(reader.u2()))
    else if (tag === CLASS) classes.set(index, reader.u2())
    else {
      const width = WIDTHS.get(tag)
      if (width === undefined) reader.fail(`found tag ${tag} in the constant pool, expected one that the JVM knows`, at)
      reader.skip(width)
      if (width === 8) index++
    }
  }
  const text = (index: number, what: string): string =>
    texts.get(index) ?? reader.fail(`${what}: constant ${index} of ${count - 1} is no text`)
  return {
    text,
    className: (index, what) => {
      const name = classes.get(index)
      if (name === undefined) return reader.fail(`${what}: constant ${index} of ${count - 1} is no class`)
      const found = text(name, what)
      // The JVM allows them; they go into documents and onto terminals, and no compiler makes them.
      if (CONTROL.test(found)) reader.fail(`${what}: found control characters in ${JSON.stringify(found.slice(0, 80))}`)
      return found.replaceAll('/', '.')
    }
  }
}
