/** Kinds whose Java type is a primitive or its box. */
export type PrimitiveKind = 'boolean' | 'byte' | 'short' | 'int' | 'long' | 'float' | 'double' | 'char'

/**
 * A Java type that values can be written by. `text` is how Java source writes it, for messages. Beans may contain
 * themselves, so this is a graph with cycles.
 */
export type JavaType =
  | JavaScalar
  | JavaPrimitive
  | JavaSqlDate
  | JavaTextual
  | JavaAtomic
  | JavaArray
  | JavaList
  | JavaEnumSet
  | JavaMap
  | JavaEnum
  | JavaBean

type ScalarKind =
  | 'void'
  | 'string' // also CharSequence, and char[], which travels as one
  | 'number' // java.lang.Number
  | 'bigDecimal'
  | 'bigInteger'
  | 'date' // java.util.Date
  | 'localDate'
  | 'localTime'
  | 'localDateTime'
  | 'instant'
  | 'calendar' // java.util.Calendar
  | 'uuid'
  | 'bitSet' // java.util.BitSet
  | 'bytes' // byte[]
  | 'object' // Object and what says no more: Serializable, Comparable, `?`, raw element types

/** One member per kind, so that a test of `kind` narrows. */
export type JavaScalar = { [K in ScalarKind]: { readonly kind: K; readonly text: string } }[ScalarKind]

/** A primitive, or with `boxed` its class: only `java.lang.Integer` can be null, `int` cannot. */
export type JavaPrimitive = {
  [K in PrimitiveKind]: { readonly kind: K; readonly text: string; readonly boxed: boolean }
}[PrimitiveKind]

/** `java.sql.Date`, `Time` and `Timestamp`: objects around a date. */
export interface JavaSqlDate {
  readonly kind: 'sqlDate'
  readonly text: string
  readonly className: string
}

/** Classes whose value is a text with rules of its own, which from-json-textual.ts has. */
export type TextForm =
  | 'class'
  | 'currency'
  | 'duration'
  | 'locale'
  | 'monthDay'
  | 'offsetDateTime'
  | 'offsetTime'
  | 'period'
  | 'year'
  | 'yearMonth'
  | 'zonedDateTime'
  | 'zoneId'
  | 'zoneOffset'

export interface JavaTextual {
  readonly kind: 'textual'
  readonly text: string
  readonly form: TextForm
}

/** `AtomicInteger`, `AtomicLong`, `AtomicBoolean`: objects around a value. */
export interface JavaAtomic {
  readonly kind: 'atomic'
  readonly text: string
  readonly className: string
  readonly value: 'int' | 'long' | 'boolean'
}

export interface JavaArray {
  readonly kind: 'array'
  readonly text: string
  readonly component: JavaType
  /** The type of the list on the wire: `[double`, `[[int`, `[string`, `[com.example.Item`. */
  readonly wireName: string
}

export interface JavaList {
  readonly kind: 'list'
  readonly text: string
  readonly element: JavaType
  /** True for Set and what implements it. */
  readonly set: boolean
  /**
   * The class to name on the wire inside other containers, where Java is not told which one to make; absent when what Java
   * makes by itself will do.
   */
  readonly wireName?: string
  /** Java makes the wrong class even where it is told: it is always named. */
  readonly always?: true
}

/** `java.util.EnumSet`, which names its enum even when it is empty. */
export interface JavaEnumSet {
  readonly kind: 'enumSet'
  readonly text: string
  readonly element: JavaEnum
}

export interface JavaMap {
  readonly kind: 'map'
  readonly text: string
  readonly key: JavaType
  readonly value: JavaType
  /** See `JavaList`. */
  readonly wireName?: string
  readonly always?: true
}

export interface JavaEnum {
  readonly kind: 'enum'
  readonly text: string
  readonly name: string
  readonly constants: ReadonlySet<string>
}

/**
 * A class by its fields: its own and those of its superclasses in one list, as one class definition carries them on the wire.
 * Exceptions are described by the fields that their constructor or getters give.
 */
export interface JavaBean {
  readonly kind: 'bean'
  readonly text: string
  /** The class without type arguments. */
  readonly name: string
  readonly fields: ReadonlyMap<string, JavaType>
  /** The names of the fields, in the order in which the class describes them. */
  readonly names: readonly string[]
  /** Fields that the class declares by a type parameter: Java itself does not know their type. Absent when there are none. */
  readonly erased?: ReadonlySet<string>
}
