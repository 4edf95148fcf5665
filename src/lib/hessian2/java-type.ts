/** Kinds whose Java type is a primitive or its box. */
export type PrimitiveKind = 'boolean' | 'byte' | 'short' | 'int' | 'long' | 'float' | 'double' | 'char'

/**
 * A Java type that values can be written by. `text` is how Java source writes it, for messages. Beans may contain
 * themselves, so this is a graph with cycles.
 */
export type JavaType = JavaScalar | JavaPrimitive | JavaSqlDate | JavaArray | JavaList | JavaMap | JavaEnum | JavaBean

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
  | 'uuid'
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
  /** The class where one was named: `java.util.LinkedList`; absent for the interfaces. */
  readonly className?: string
}

export interface JavaMap {
  readonly kind: 'map'
  readonly text: string
  readonly key: JavaType
  readonly value: JavaType
}

export interface JavaEnum {
  readonly kind: 'enum'
  readonly text: string
  readonly name: string
  readonly constants: ReadonlySet<string>
}

export interface JavaBean {
  readonly kind: 'bean'
  readonly text: string
  /** The class without type arguments. */
  readonly name: string
  readonly fields: ReadonlyMap<string, JavaType>
  /** The names of the fields, in the order in which the class describes them. */
  readonly names: readonly string[]
}
