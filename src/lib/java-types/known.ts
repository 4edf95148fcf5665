import type { JavaAtomic, JavaScalar, PrimitiveKind, TextForm } from '#lib/hessian2'

interface Primitive {
  readonly kind: PrimitiveKind
  readonly boxed: boolean
}

/** What a collection or map is called on the wire, see JavaList. */
interface WireClass {
  readonly wireName?: string
  readonly always?: true
}

interface Collection extends WireClass {
  readonly set: boolean
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
  ['java.util.Calendar', 'calendar'],
  ['java.util.GregorianCalendar', 'calendar'],
  ['java.util.UUID', 'uuid'],
  ['java.util.BitSet', 'bitSet'],
  ['java.lang.Object', 'object'],
  ['java.io.Serializable', 'object'],
  ['java.lang.Comparable', 'object']
])

/** Classes without type arguments whose value is a text. `java.lang.Class` may have one, which says nothing here. */
export const TEXTUALS: ReadonlyMap<string, TextForm> = new Map<string, TextForm>([
  ['java.lang.Class', 'class'],
  ['java.time.Duration', 'duration'],
  ['java.time.MonthDay', 'monthDay'],
  ['java.time.OffsetDateTime', 'offsetDateTime'],
  ['java.time.OffsetTime', 'offsetTime'],
  ['java.time.Period', 'period'],
  ['java.time.Year', 'year'],
  ['java.time.YearMonth', 'yearMonth'],
  ['java.time.ZoneId', 'zoneId'],
  ['java.time.ZoneOffset', 'zoneOffset'],
  ['java.time.ZonedDateTime', 'zonedDateTime'],
  ['java.util.Currency', 'currency'],
  ['java.util.Locale', 'locale']
])

export const ATOMICS: ReadonlyMap<string, JavaAtomic['value']> = new Map([
  ['java.util.concurrent.atomic.AtomicInteger', 'int'],
  ['java.util.concurrent.atomic.AtomicLong', 'long'],
  ['java.util.concurrent.atomic.AtomicBoolean', 'boolean']
])

/** Classes of Java that no consumer can receive, and why. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['java.util.EnumMap', 'hessian-lite makes a HashMap of it in all versions: declare a java.util.Map'],
  ...['Optional', 'OptionalInt', 'OptionalLong', 'OptionalDouble'].map((name): [string, string] => [
    `java.util.${name}`,
    'it is not Serializable, so that no consumer can receive it: declare what is inside, which may be null'
  ]),
  ...['java.util.stream.Stream', 'java.util.Iterator'].map((name): [string, string] => [
    name,
    'it is not Serializable, so that no consumer can receive it: declare a java.util.List'
  ])
])

export const ENUM_SET = 'java.util.EnumSet'
/** A map of strings that has no type arguments. */
export const PROPERTIES = 'java.util.Properties'

export const SQL_DATES: ReadonlySet<string> = new Set(['java.sql.Date', 'java.sql.Time', 'java.sql.Timestamp'])

/** What a method that answers later declares; the answer itself is the argument. */
export const FUTURES: ReadonlySet<string> = new Set([
  'java.util.concurrent.CompletableFuture',
  'java.util.concurrent.CompletionStage',
  'java.util.concurrent.Future'
])

const util = (...names: string[]): string[] => names.map((name) => `java.util.${name}`)

/** What Java makes by itself from a list or map without a name. */
const DEFAULTS = new Set([
  'java.lang.Iterable',
  ...util('List', 'Collection', 'AbstractList', 'AbstractCollection', 'ArrayList', 'Map', 'AbstractMap', 'HashMap')
])
/** Interfaces and abstract classes: what Java makes of them when it is told, and is not when they are inside a container. */
const MADE = new Map([
  ['java.util.Set', 'java.util.LinkedHashSet'],
  ['java.util.AbstractSet', 'java.util.LinkedHashSet'],
  ['java.util.SortedSet', 'java.util.TreeSet'],
  ['java.util.NavigableSet', 'java.util.TreeSet']
])
/** Those of which hessian-lite makes an ArrayList or HashMap, which they are not, or nothing. */
const MADE_WRONGLY = new Map([
  ['java.util.Queue', 'java.util.LinkedList'],
  ['java.util.Deque', 'java.util.LinkedList'],
  ['java.util.AbstractQueue', 'java.util.concurrent.ConcurrentLinkedQueue'],
  ['java.util.concurrent.BlockingQueue', 'java.util.concurrent.LinkedBlockingDeque'],
  ['java.util.concurrent.BlockingDeque', 'java.util.concurrent.LinkedBlockingDeque'],
  ['java.util.SortedMap', 'java.util.TreeMap'],
  ['java.util.NavigableMap', 'java.util.TreeMap'],
  ['java.util.concurrent.ConcurrentMap', 'java.util.concurrent.ConcurrentHashMap'],
  ['java.util.concurrent.ConcurrentNavigableMap', 'java.util.concurrent.ConcurrentSkipListMap'],
  ['java.util.Dictionary', 'java.util.Hashtable']
])
const SETS = util(
  ...['Set', 'SortedSet', 'NavigableSet', 'AbstractSet', 'HashSet', 'LinkedHashSet', 'TreeSet'],
  ...['concurrent.CopyOnWriteArraySet', 'concurrent.ConcurrentSkipListSet']
)
const LISTS = util(
  ...['List', 'Collection', 'Queue', 'Deque', 'AbstractCollection', 'AbstractList', 'AbstractQueue'],
  ...['ArrayList', 'LinkedList', 'Vector', 'Stack', 'ArrayDeque', 'PriorityQueue'],
  ...['concurrent.CopyOnWriteArrayList', 'concurrent.ConcurrentLinkedQueue', 'concurrent.ConcurrentLinkedDeque'],
  ...['concurrent.LinkedBlockingQueue', 'concurrent.LinkedBlockingDeque', 'concurrent.PriorityBlockingQueue'],
  ...['concurrent.BlockingQueue', 'concurrent.BlockingDeque']
)

function wireClass(name: string): WireClass {
  const other = MADE_WRONGLY.get(name)
  if (other !== undefined) return { wireName: other, always: true }
  return DEFAULTS.has(name) ? {} : { wireName: MADE.get(name) ?? name }
}

const collection = (name: string, set: boolean): [string, Collection] => [name, { set, ...wireClass(name) }]

/** Collections by name. */
export const LIST_CLASSES: ReadonlyMap<string, Collection> = new Map([
  ...[...LISTS, 'java.lang.Iterable'].map((name) => collection(name, false)),
  ...SETS.map((name) => collection(name, true))
])

const MAPS = util(
  ...['Map', 'SortedMap', 'NavigableMap', 'AbstractMap', 'HashMap', 'LinkedHashMap', 'TreeMap'],
  ...['Hashtable', 'Dictionary', 'IdentityHashMap', 'WeakHashMap', 'Properties', 'concurrent.ConcurrentMap'],
  ...['concurrent.ConcurrentNavigableMap', 'concurrent.ConcurrentHashMap', 'concurrent.ConcurrentSkipListMap']
)
export const MAP_CLASSES: ReadonlyMap<string, WireClass> = new Map(MAPS.map((name) => [name, wireClass(name)]))

/** Names that hessian-lite gives the elements of arrays; all other classes keep theirs. */
export const ELEMENT_NAMES: ReadonlyMap<string, string> = new Map([
  ['java.lang.String', 'string'],
  ['java.lang.Object', 'object'],
  ['java.util.Date', 'date']
])
