import type { JavaScalar, PrimitiveKind } from '#lib/hessian2'

interface Primitive {
  readonly kind: PrimitiveKind
  readonly boxed: boolean
}

interface Collection {
  readonly set: boolean
  /** True for a class, false for an interface. */
  readonly concrete: boolean
}

const BOXES: readonly (readonly [PrimitiveKind, string])[] = [
  ['boolean', 'java.lang.Boolean'],
  ['byte', 'java.lang.Byte'],
  ['short', 'java.lang.Short'],
  ['int', 'java.lang.Integer'],
  ['long', 'java.lang.Long'],
  ['float', 'java.lang.Float'],
  ['double', 'java.lang.Double'],
  ['char', 'java.lang.Character']
]

/** Primitives and their boxes by name. */
export const PRIMITIVES: ReadonlyMap<string, Primitive> = new Map(
  BOXES.flatMap(([kind, box]): [string, Primitive][] => [
    [kind, { kind, boxed: false }],
    [box, { kind, boxed: true }]
  ])
)

/** Classes without type arguments that are one value. */
export const SCALARS: ReadonlyMap<string, JavaScalar['kind']> = new Map<string, JavaScalar['kind']>([
  ['void', 'void'],
  ['java.lang.Void', 'void'],
  ['java.lang.String', 'string'],
  ['java.lang.CharSequence', 'string'],
  ['java.lang.Number', 'number'],
  ['java.math.BigDecimal', 'bigDecimal'],
  ['java.math.BigInteger', 'bigInteger'],
  ['java.util.Date', 'date'],
  ['java.time.LocalDate', 'localDate'],
  ['java.time.LocalTime', 'localTime'],
  ['java.time.LocalDateTime', 'localDateTime'],
  ['java.time.Instant', 'instant'],
  ['java.util.UUID', 'uuid'],
  ['java.lang.Object', 'object'],
  ['java.io.Serializable', 'object'],
  ['java.lang.Comparable', 'object']
])

export const SQL_DATES: ReadonlySet<string> = new Set(['java.sql.Date', 'java.sql.Time', 'java.sql.Timestamp'])

/** What a method that answers later declares; the answer itself is the argument. */
export const FUTURES: ReadonlySet<string> = new Set([
  'java.util.concurrent.CompletableFuture',
  'java.util.concurrent.CompletionStage',
  'java.util.concurrent.Future'
])

const util = (...names: string[]): string[] => names.map((name) => `java.util.${name}`)

const INTERFACES = new Set([
  'java.lang.Iterable',
  ...util('List', 'Collection', 'Set', 'SortedSet', 'NavigableSet', 'Queue', 'Deque')
])
const SETS = util('Set', 'SortedSet', 'NavigableSet', 'HashSet', 'LinkedHashSet', 'TreeSet')
const LISTS = util(
  ...['List', 'Collection', 'Queue', 'Deque', 'ArrayList', 'LinkedList', 'Vector', 'ArrayDeque', 'PriorityQueue'],
  ...['concurrent.CopyOnWriteArrayList', 'concurrent.ConcurrentLinkedQueue', 'concurrent.LinkedBlockingQueue']
)

const collection = (name: string, set: boolean): [string, Collection] => [
  name,
  { set, concrete: !INTERFACES.has(name) }
]

/** Collections by name. */
export const LIST_CLASSES: ReadonlyMap<string, Collection> = new Map([
  ...[...LISTS, 'java.lang.Iterable'].map((name) => collection(name, false)),
  ...SETS.map((name) => collection(name, true))
])

export const MAP_CLASSES: ReadonlySet<string> = new Set(
  util(
    ...['Map', 'SortedMap', 'NavigableMap', 'HashMap', 'LinkedHashMap', 'TreeMap', 'Hashtable'],
    ...['concurrent.ConcurrentMap', 'concurrent.ConcurrentHashMap', 'concurrent.ConcurrentSkipListMap']
  )
)

/** Names that hessian-lite gives the elements of arrays; all other classes keep theirs. */
export const ELEMENT_NAMES: ReadonlyMap<string, string> = new Map([
  ['java.lang.String', 'string'],
  ['java.lang.Object', 'object'],
  ['java.util.Date', 'date']
])
