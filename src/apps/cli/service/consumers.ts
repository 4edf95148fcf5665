import type { JavaArray, JavaList, JavaType } from '#lib/java-types'

/**
 * Consumers that differ in what they make of an answer. 2.6, 2.7 and 3.x call through `$invoke`, as ABox publishes its
 * services; `typed` ones call the method itself. Measured with 2.6.12, 2.7.23, 3.2.19 and 3.3.6; docs/compatibility.md
 * has the table.
 */
export type Consumer = '2.6' | '2.7' | '3.x' | 'typed 2.7' | 'typed 3.x'

/**
 * `ok`: the right value of the right class. `error`: RpcException at the caller. `class`: it arrives with elements of
 * another class, and business code meets a ClassCastException. `unknown`: nobody tried.
 */
export type Arrival = Readonly<Record<Consumer, 'ok' | 'error' | 'class' | 'unknown'>>

/** Where a value stands: a result itself or in a list or map of it, or a field of a bean or in a list or map field. */
export interface Place {
  readonly inBean: boolean
  readonly element: boolean
}

export const CONSUMERS: readonly Consumer[] = ['2.6', '2.7', '3.x', 'typed 2.7', 'typed 3.x']

type Outcome = Arrival[Consumer]

const row = (v26: Outcome, v27: Outcome, v3: Outcome, typed27: Outcome, typed3: Outcome): Arrival => ({
  '2.6': v26,
  '2.7': v27,
  '3.x': v3,
  'typed 2.7': typed27,
  'typed 3.x': typed3
})

const FINE = row('ok', 'ok', 'ok', 'ok', 'ok')
const UNTRIED = row('unknown', 'unknown', 'unknown', 'unknown', 'unknown')
/** Converted by those that call through `$invoke`, 2.7 excepted, which decodes by the declared type first. */
const LOOSE = row('ok', 'error', 'ok', 'error', 'error')
/** Elements of a result: every `$invoke` consumer converts them, a typed one takes them as they are. */
const LOOSE_ELEMENTS = row('ok', 'ok', 'ok', 'class', 'class')

const NUMBERS = new Set(['byte', 'short', 'int', 'long', 'float', 'double'])
const WHOLE = new Set(['byte', 'short', 'int', 'long'])
const TEXT = new Set(['string'])

/**
 * What consumers that declare one type make of an answer that ABox writes as another: the rows of the recorded matrix
 * "what to send so that it comes out right" (type-matrix.json), named where each is used.
 */
export function arrival(declared: JavaType, sent: JavaType, place: Place): Arrival {
  if (declared.text === sent.text || declared.kind === 'object' || declared.kind === 'void') return FINE
  const containers = containerArrival(declared, sent, place)
  if (containers !== undefined) return containers
  const plain = scalarArrival(declared, sent)
  if (!place.element || plain === FINE || plain === UNTRIED) return inElement(declared, sent, plain, place)
  // "List<Date>/List<enum>/List<BigDecimal>: strings" as a result; "field enum / List<enum>: string" in a bean.
  return place.inBean ? plain : LOOSE_ELEMENTS
}

/** Numbers of another kind fit everywhere but as elements of a result that a typed consumer casts ("List of Double, Long: mixed"). */
function inElement(declared: JavaType, sent: JavaType, plain: Arrival, place: Place): Arrival {
  const mixed = NUMBERS.has(declared.kind) && NUMBERS.has(sent.kind) && declared.kind !== sent.kind
  return mixed && place.element && !place.inBean ? LOOSE_ELEMENTS : plain
}

/** By the declared kind: kinds that are sent, and what comes of it. */
const SCALAR_ROWS: Readonly<Partial<Record<JavaType['kind'], readonly (readonly [ReadonlySet<string>, Arrival])[]>>> = {
  // "boolean: int".
  boolean: [
    [new Set(['boolean']), FINE],
    [new Set(['int']), row('error', 'ok', 'ok', 'ok', 'ok')]
  ],
  char: [[new Set(['char']), FINE]],
  // "String: int".
  string: [
    [new Set(['string', 'char']), FINE],
    [NUMBERS, row('error', 'ok', 'error', 'ok', 'ok')]
  ],
  // "Date: long, or yyyy-MM-dd HH:mm:ss string".
  date: [[new Set(['string', 'long']), LOOSE]],
  // "LocalDateTime, LocalDate: ISO string".
  localDate: [[TEXT, row('error', 'error', 'ok', 'error', 'error')]],
  localDateTime: [[TEXT, row('error', 'error', 'ok', 'error', 'error')]],
  // "Instant: ISO string or long".
  instant: [[new Set(['string', 'long']), row('error', 'error', 'error', 'error', 'error')]],
  // "BigDecimal: string / number".
  bigDecimal: [
    [TEXT, LOOSE],
    [NUMBERS, LOOSE]
  ],
  // "BigInteger: string / long".
  bigInteger: [
    [TEXT, LOOSE],
    [WHOLE, LOOSE]
  ],
  // "enum: string".
  enum: [[TEXT, LOOSE]]
}

/** "int/long/short/byte/double/float and boxed: int, long or double"; "same: decimal string". */
const NUMBER_ROWS: readonly (readonly [ReadonlySet<string>, Arrival])[] = [
  [NUMBERS, FINE],
  [TEXT, LOOSE]
]

function scalarArrival(declared: JavaType, sent: JavaType): Arrival {
  const rows = NUMBERS.has(declared.kind) ? NUMBER_ROWS : (SCALAR_ROWS[declared.kind] ?? [])
  return rows.find(([kinds]) => kinds.has(sent.kind))?.[1] ?? UNTRIED
}

/** Undefined: neither is a container or a bean. */
function containerArrival(declared: JavaType, sent: JavaType, place: Place): Arrival | undefined {
  const inside: Place = { inBean: place.inBean, element: true }
  if (declared.kind === 'list' && sent.kind === 'list') return arrival(declared.element, sent.element, inside)
  if (declared.kind === 'map' && sent.kind === 'map') {
    return worse(keyArrival(declared.key, sent.key, inside), arrival(declared.value, sent.value, inside))
  }
  if (declared.kind === 'bean' && sent.kind === 'bean') return beanArrival(declared.name === sent.name, place)
  if (sent.kind !== 'array' && sent.kind !== 'list') return undefined
  if (declared.kind === 'array') return arrayArrival(declared, sent)
  if (declared.kind !== 'bytes') return undefined
  // "byte[]: list of int".
  return WHOLE.has(elementOf(sent).kind) ? LOOSE : UNTRIED
}

const elementOf = (type: JavaArray | JavaList): JavaType => (type.kind === 'array' ? type.component : type.element)

/** "bean: plain map"; in a list or map field of a bean it is an object of a class that the consumer may not have. */
function beanArrival(sameClass: boolean, { inBean, element }: Place): Arrival {
  if (sameClass) return FINE
  const asMap = inBean && element ? 'unknown' : 'ok'
  return row(asMap, asMap, asMap, 'unknown', 'unknown')
}

/** "field Map<Long,V>: string keys"; of a result "Map<Long,V>, Map<Enum,V>: int keys, name strings". */
function keyArrival(declared: JavaType, sent: JavaType, place: Place): Arrival {
  if (declared.kind === 'long' && sent.kind === 'string' && place.inBean) return LOOSE
  return arrival(declared, sent, place)
}

/** "double[] …: untyped list of any numbers"; "float[]: typed list [double". */
function arrayArrival(declared: JavaArray, sent: JavaArray | JavaList): Arrival {
  const from = declared.component
  const to = elementOf(sent)
  if (from.text === to.text) return FINE
  if (from.kind === 'float' && to.kind === 'double' && sent.kind === 'array') {
    return row('error', 'ok', 'error', 'ok', 'ok')
  }
  return NUMBERS.has(from.kind) && NUMBERS.has(to.kind) && sent.kind === 'list' ? FINE : UNTRIED
}

/** For each consumer the worse of two. */
function worse(a: Arrival, b: Arrival): Arrival {
  const order: readonly Outcome[] = ['ok', 'unknown', 'class', 'error']
  const pick = (consumer: Consumer): Outcome =>
    order.indexOf(a[consumer]) > order.indexOf(b[consumer]) ? a[consumer] : b[consumer]
  return row(pick('2.6'), pick('2.7'), pick('3.x'), pick('typed 2.7'), pick('typed 3.x'))
}

/** `2.7 and typed 3.x: RpcException; 2.6: not measured`. Undefined when every consumer gets the right value. */
export function arrivalText(found: Arrival): string | undefined {
  const words = {
    error: 'RpcException',
    class: 'ClassCastException in their own code',
    unknown: 'nobody measured it, so try it'
  } as const
  const parts = (['error', 'class', 'unknown'] as const).flatMap((outcome) => {
    const who = CONSUMERS.filter((consumer) => found[consumer] === outcome)
    if (who.length === 0) return []
    return [`${who.length === CONSUMERS.length ? 'all' : who.join(', ')}: ${words[outcome]}`]
  })
  return parts.length === 0 ? undefined : parts.join('; ')
}
