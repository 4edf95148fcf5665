import fc from 'fast-check'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from '#lib/hessian2'

/** Every number at which the wire takes another form, and its neighbours. */
const STEPS = [0n, 16n, 48n, 2n ** 8n, 2n ** 11n, 2n ** 15n, 2n ** 18n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n]
const MIN64 = -(2n ** 63n)
const MAX64 = 2n ** 63n - 1n
const EDGES = STEPS.flatMap((step) => [step, -step])
  .flatMap((step) => [step - 1n, step, step + 1n])
  .filter((value) => value >= MIN64 && value <= MAX64)
const SMALL_EDGES = EDGES.map(Number).filter((value) => (value | 0) === value)

/** Texts of any units, lone surrogates among them, at all lengths where the wire takes another form. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
      .map((units) => String.fromCharCode(...units))
  },
  { weight: 2, arbitrary: fc.constantFrom('\ud800', '\udc00\ud800', '😀', '\0', '"\\\n', '') },
  { weight: 2, arbitrary: fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', 'toString', 'class', 'name') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'ÿ', '中', '😀', '\ud83d'), fc.constantFrom(31, 32, 255, 256, 1023, 1024))
      .map(([unit, count]) => unit.repeat(count))
  }
)

/** Texts of which each is cut into chunks, with halves of a character at the cut. */
export const longTexts: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('a', '中', '😀', 'x😀', '\udc00'), fc.integer({ min: 0x7ffd, max: 0x8003 }), fc.boolean())
  .map(([unit, length, twice]) => unit.repeat(twice ? 2 * length : length).slice(0, twice ? 2 * length : length))

export const longs: fc.Arbitrary<bigint> = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: MIN64, max: MAX64 }))

export const ints: fc.Arbitrary<number> = fc.oneof(fc.constantFrom(...SMALL_EDGES), fc.integer())

/** All doubles, and those that have a short form. JavaScript does not promise to keep the bits of a NaN, so there is one. */
export const doubles: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, -1, 127, 128, -128, -129, 32_767, 32_768, -32_768, -32_769, 0.001, 0.1, 1e15, 2 ** 53),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE, Number.MAX_VALUE),
  ints.map((n) => n / 1000),
  ints.map((n) => 0.001 * n),
  fc.float()
)

const dates = fc.oneof(
  longs,
  ints.map((minutes) => BigInt(minutes) * 60_000n)
)
const types = fc.option(fc.oneof(texts, fc.constantFrom('[int', '[[double', 'java.util.TreeMap')), { nil: undefined })
/** A few names, so that classes and types are met again, and many more, so that there are more than sixteen. */
const names = fc.oneof(
  texts,
  fc.constantFrom('A', 'B'),
  fc.nat(40).map((n) => `com.example.C${n}`)
)
const bytes = fc.oneof(
  fc.uint8Array(),
  fc.constantFrom(15, 16, 1023, 1024, 0x8000, 0x8001).map((length) => Buffer.alloc(length, 0x42))
)

const { value: trees } = fc.letrec<{ value: HessianValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    texts,
    ints.map((n) => new HInt(n)),
    longs.map((n) => new HLong(n)),
    doubles.map((n) => new HDouble(n)),
    dates.map((ms) => new HDate(ms)),
    bytes.map((part) => Buffer.from(part)),
    fc
      .tuple(fc.array(doubles, { minLength: 1, maxLength: 10 }), types)
      .map(([values, type]) => new HDoubles(Float64Array.from(values), type)),
    fc.tuple(fc.array(tie('value'), { maxLength: 10 }), types).map(([items, type]) => listOf(items, type)),
    fc.tuple(fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }), types).map(
      ([entries, type]) =>
        new HMap(
          entries.map(([key]) => key),
          entries.map(([, value]) => value),
          type
        )
    ),
    fc.tuple(names, fc.array(fc.tuple(names, tie('value')), { maxLength: 5 })).map(
      ([className, fields]) =>
        new HObject(
          className,
          fields.map(([name]) => name),
          fields.map(([, value]) => value)
        )
    ),
    // Twenty objects of twenty classes, each twice.
    fc.nat(20).map((n) => new HList(Array.from({ length: 2 * n }, (_, i) => new HObject(`D${i % n}`, ['x'], [null]))))
  )
}))

/** A list as it is read: one of doubles only, and at least one, is `HDoubles`. */
function listOf(items: HessianValue[], type: string | undefined): HList | HDoubles {
  const values = items.flatMap((item) => (item instanceof HDouble ? [item.value] : []))
  if (values.length === 0 || values.length < items.length) return new HList(items, type)
  return new HDoubles(Float64Array.from(values), type)
}

type Container = HList | HDoubles | HMap | HObject

function containersIn(values: readonly HessianValue[]): Container[] {
  return values.flatMap((value) => {
    if (value instanceof HDoubles) return [value]
    if (value instanceof HList) return [value, ...containersIn(value.items)]
    if (value instanceof HMap) return [value, ...containersIn(value.keys), ...containersIn(value.values)]
    return value instanceof HObject ? [value, ...containersIn(value.values)] : []
  })
}

/** Streams of values that refer to each other: before, behind and inside themselves, as key and as value. */
export const graphs: fc.Arbitrary<HessianValue[]> = fc
  .tuple(
    fc.array(trees, { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 6 })
  )
  .map(([values, links]) => {
    const containers = containersIn(values)
    for (const [from, to, asKey] of links) {
      const guest = containers[to % containers.length]
      if (guest !== undefined) link(containers[from % containers.length] as Container, guest, from, asKey)
    }
    return values
  })

function link(host: Container, guest: Container, at: number, asKey: boolean): void {
  if (host instanceof HList) host.items.push(guest)
  else if (host instanceof HMap) {
    host.keys.push(asKey ? guest : 'k')
    host.values.push(asKey ? null : guest)
  } else if (host instanceof HObject && host.values.length > 0) host.values[at % host.values.length] = guest
}
