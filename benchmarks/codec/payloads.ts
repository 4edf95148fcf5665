import {
  HDate,
  HDouble,
  HDoubles,
  type HessianValue,
  HInt,
  HList,
  HLong,
  HMap,
  HObject
} from '../../src/lib/hessian2/index.ts'
import { mulberry32 } from '../random.ts'

/** One kind of payload: values that differ, so that no engine can remember what it did with the last one. */
export interface Payload {
  readonly name: PayloadName
  /** What it is, for the tables. */
  readonly title: string
  readonly values: readonly HessianValue[]
  /** The Java type that an answer of this kind is written by. */
  readonly type: string
  /** How the gateway writes it; see `writeJsonAs`. */
  readonly form: 'maps' | 'objects'
}

export type PayloadName = keyof typeof MAKERS

type Random = () => number

interface Maker {
  readonly title: string
  readonly count: number
  readonly type: string
  readonly form: 'maps' | 'objects'
  readonly make: (random: Random) => HessianValue
}

const FEATURES = 'com.example.bench.Features'
const ITEM = 'com.example.bench.Item'
const WIDE = 'com.example.bench.Wide'
const KINDS_OF_25 = { count: 'int', rate: 'double', text: 'java.lang.String', flag: 'boolean' } as const
const WIDE_FIELDS = Object.entries(KINDS_OF_25).flatMap(([name, type]) =>
  Array.from({ length: 25 }, (_, i): [string, string] => [name + i, type])
)
const WIDE_NAMES = WIDE_FIELDS.map(([name]) => name)

/** The classes of the payloads, as a Service document describes them. Item and Wide are Java classes in ../java. */
export const TYPES: Readonly<Record<string, { readonly fields: Readonly<Record<string, string>> }>> = {
  [FEATURES]: {
    fields: {
      ...allOf('java.lang.Long', ['userId', 'orders']),
      ...allOf('java.lang.Integer', ['cityId', 'age', 'level', 'clicks']),
      ...allOf('java.lang.Double', ['price', 'rate', 'latitude', 'longitude', 'discount']),
      ...allOf('java.lang.String', ['name', 'city', 'device', 'brand', 'tag', 'coupon']),
      ...allOf('java.lang.Boolean', ['vip', 'fresh']),
      seenAt: 'java.util.Date'
    }
  },
  [ITEM]: {
    fields: {
      ...{ id: 'long', name: 'java.lang.String', category: 'java.lang.String', score: 'double', price: 'double' },
      ...{ rank: 'int', active: 'boolean', parent: 'java.lang.Long' }
    }
  },
  [WIDE]: { fields: Object.fromEntries(WIDE_FIELDS) }
}
const ITEM_NAMES = Object.keys(TYPES[ITEM]?.fields ?? {})

const MAKERS = {
  map: { title: '20-field map', count: 256, type: FEATURES, form: 'maps', make: features },
  doubles: { title: '1000 doubles', count: 64, type: 'double[]', form: 'maps', make: doubles },
  nested: {
    title: '10 × 100 nested lists',
    count: 64,
    type: 'java.util.List<java.util.List<java.lang.Double>>',
    form: 'maps',
    make: nested
  },
  ascii: { title: '50 KB ASCII', count: 64, type: 'java.lang.String', form: 'maps', make: ascii },
  chinese: { title: '50 KB Chinese', count: 64, type: 'java.lang.String', form: 'maps', make: chinese },
  beans: { title: '200 beans of 8 fields', count: 64, type: `java.util.List<${ITEM}>`, form: 'objects', make: items },
  wide: { title: '100-field bean', count: 128, type: WIDE, form: 'objects', make: wide }
} as const satisfies Record<string, Maker>

export const payloadNames = Object.keys(MAKERS) as PayloadName[]

/** The same values in every run. */
export function makePayload(name: PayloadName): Payload {
  const { count, make, ...rest }: Maker = MAKERS[name]
  const random = mulberry32(7)
  return { name, ...rest, values: Array.from({ length: count }, () => make(random)) }
}

function allOf(type: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, type]))
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit)
const int = (random: Random, limit: number): HInt => new HInt(below(random, limit))
const long = (random: Random, limit: number): HLong => new HLong(BigInt(below(random, limit)))
const double = (random: Random): HDouble => new HDouble(random())
/** With two decimals, as prices have; every hundredth is whole. */
const price = (random: Random): HDouble => new HDouble(below(random, 100_000) / 100)
const word = (random: Random, length: number): string => textOf(random, length, 'abcdefghijklmnopqrstuvwxyz')

function features(random: Random): HMap {
  const values: Record<string, HessianValue> = {
    userId: long(random, 1e12),
    orders: long(random, 1000),
    cityId: int(random, 400),
    age: int(random, 90),
    level: int(random, 10),
    clicks: int(random, 100_000),
    price: price(random),
    rate: double(random),
    latitude: new HDouble(random() * 180 - 90),
    longitude: new HDouble(random() * 360 - 180),
    discount: new HDouble(below(random, 11)),
    name: word(random, 12),
    city: han(random, 3),
    device: `device-${word(random, 3 + below(random, 4))}`,
    brand: word(random, 4 + below(random, 8)),
    tag: `tag_${below(random, 1000)}`,
    coupon: null,
    vip: random() < 0.1,
    fresh: random() < 0.5,
    seenAt: new HDate(1_700_000_000_000n + BigInt(below(random, 1e10)))
  }
  return new HMap(Object.keys(values), Object.values(values))
}

function doubles(random: Random): HDoubles {
  return new HDoubles(Float64Array.from({ length: 1000 }, random), '[double')
}

function nested(random: Random): HList {
  return new HList(Array.from({ length: 10 }, () => new HDoubles(Float64Array.from({ length: 100 }, random))))
}

function items(random: Random): HList {
  return new HList(
    Array.from({ length: 200 }, (_, rank) => {
      const parent = random() < 0.3 ? null : long(random, 1e9)
      const texts = [word(random, 8 + below(random, 16)), han(random, 2 + below(random, 3))]
      const values = [
        long(random, 1e12),
        ...texts,
        double(random),
        price(random),
        new HInt(rank),
        random() < 0.5,
        parent
      ]
      return new HObject(ITEM, ITEM_NAMES, values)
    })
  )
}

function wide(random: Random): HObject {
  const make = {
    int: () => int(random, 1_000_000),
    double: () => double(random),
    'java.lang.String': () => word(random, 4 + below(random, 12)),
    boolean: () => random() < 0.5
  }
  return new HObject(
    WIDE,
    WIDE_NAMES,
    WIDE_FIELDS.map(([, type]) => make[type as keyof typeof make]())
  )
}

function ascii(random: Random): string {
  return textOf(
    random,
    50 * 1024,
    'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzABCDEFGH0123456789         ,.-:;'
  )
}

/** 50 KB of UTF-8. */
function chinese(random: Random): string {
  return han(random, Math.floor((50 * 1024) / 3))
}

function textOf(random: Random, length: number, alphabet: string): string {
  return Buffer.from(Array.from({ length }, () => alphabet.charCodeAt(below(random, alphabet.length)))).toString(
    'latin1'
  )
}

function han(random: Random, length: number): string {
  return Buffer.from(Uint16Array.from({ length }, () => 0x4e00 + below(random, 0x5000)).buffer).toString('utf16le')
}
