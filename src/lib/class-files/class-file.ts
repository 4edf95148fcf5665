import { ClassReader } from './class-reader.ts'
import { type ConstantPool, readConstantPool } from './constant-pool.ts'

/** What a class file declares. Names have dots, nested classes a `$`: `com.example.Outer$Inner`. */
export interface ClassFile {
  readonly name: string
  readonly access: number
  /** Absent for java.lang.Object alone. */
  readonly superName: string | undefined
  readonly interfaces: readonly string[]
  /** The generic signature as it stands there; signature.ts reads it. */
  readonly signature: string | undefined
  readonly fields: readonly ClassMember[]
  readonly methods: readonly ClassMember[]
  /** Classes that are nested in this one or that it is nested in. */
  readonly nested: readonly NestedClass[]
}

/** A field or a method. */
export interface ClassMember {
  readonly name: string
  readonly access: number
  readonly descriptor: string
  readonly signature: string | undefined
  /** Names of the declared exceptions of a method. */
  readonly exceptions: readonly string[]
}

export interface NestedClass {
  readonly name: string
  readonly access: number
}

/** Access flags that are asked for (JVMS tables 4.1-B, 4.5-A, 4.6-A). */
export const ACCESS = {
  public: 0x0001,
  private: 0x0002,
  static: 0x0008,
  /** Of a method: made by the compiler for another erasure. */
  bridge: 0x0040,
  /** Of a field. */
  transient: 0x0080,
  interface: 0x0200,
  abstract: 0x0400,
  synthetic: 0x1000,
  annotation: 0x2000,
  /** Of a class, and of the fields that are its constants. */
  enum: 0x4000
} as const

const MAGIC = 0xcafe_babe

interface Attributes {
  signature?: string
  exceptions: string[]
  nested: NestedClass[]
}

/**
 * Reads what a class declares and none of its code (JVMS §4.1).
 *
 * ```
 * class     = ca fe ba be minor:2 major:2 pool access:2 this:2 super:2 count:2 *interface:2
 *             count:2 *member count:2 *member attributes                    fields, then methods
 * member    = access:2 name:2 descriptor:2 attributes
 * attributes= count:2 *( name:2 length:4 bytes )
 * Signature = text:2      Exceptions = count:2 *class:2      InnerClasses = count:2 *( inner:2 outer:2 name:2 access:2 )
 * ```
 * `where` begins every message: jar and entry. Throws ABOX_CLASS_FORMAT with the offset.
 */
export function parseClass(bytes: Buffer, where: string): ClassFile {
  const reader = new ClassReader(bytes, where)
  if (reader.u4() !== MAGIC) reader.fail('found no magic number ca fe ba be, expected a class file', 0)
  reader.skip(4)
  const pool = readConstantPool(reader)
  const access = reader.u2()
  const name = pool.className(reader.u2(), 'this class')
  const superIndex = reader.u2()
  const interfaces = list(reader, () => pool.className(reader.u2(), 'an interface'))
  const fields = list(reader, () => readMember(reader, pool))
  const methods = list(reader, () => readMember(reader, pool))
  const { signature, nested } = readAttributes(reader, pool)
  reader.assertEnd('the class')
  return {
    name,
    access,
    superName: superIndex === 0 ? undefined : pool.className(superIndex, 'the superclass'),
    interfaces,
    signature,
    fields,
    methods,
    nested
  }
}

function readMember(reader: ClassReader, pool: ConstantPool): ClassMember {
  const access = reader.u2()
  const name = pool.text(reader.u2(), 'the name of a member')
  const descriptor = pool.text(reader.u2(), 'the descriptor of a member')
  const { signature, exceptions } = readAttributes(reader, pool)
  return { name, access, descriptor, signature, exceptions }
}

/** The length of an attribute is believed only as far as the file reaches, and must be what the attribute takes. */
function readAttributes(reader: ClassReader, pool: ConstantPool): Attributes {
  const found: Attributes = { exceptions: [], nested: [] }
  list(reader, () => {
    const name = pool.text(reader.u2(), 'the name of an attribute')
    const part = reader.part(reader.u4())
    if (name === 'Signature') found.signature = pool.text(part.u2(), name)
    else if (name === 'Exceptions') found.exceptions = list(part, () => pool.className(part.u2(), name))
    else if (name === 'InnerClasses') found.nested = list(part, () => readNested(part, pool))
    else return
    part.assertEnd(name)
  })
  return found
}

function readNested(part: ClassReader, pool: ConstantPool): NestedClass {
  const name = pool.className(part.u2(), 'InnerClasses')
  part.skip(4)
  return { name, access: part.u2() }
}

/** Counted things; a count that is too large ends where the bytes end. */
function list<T>(reader: ClassReader, read: () => T): T[] {
  const items: T[] = []
  for (let left = reader.u2(); left > 0; left--) items.push(read())
  return items
}
