/** Hessian values of up to 8 MiB, each made to be as dear as possible in one respect. */

const SIZE = 8 * 1024 * 1024 - 1024
/** As many values as fit into the budget of a stream. */
const MOST = 999_900

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

function int(value: number): Buffer {
  const bytes = Buffer.alloc(5, 0x49)
  bytes.writeInt32BE(value, 1)
  return bytes
}

function name(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x53, text.length >> 8, text.length & 255]), Buffer.from(text)])
}

const cls = (className: string, ...fields: string[]): Buffer =>
  Buffer.concat([Buffer.from([0x43]), name(className), int(fields.length), ...fields.map(name)])

/** A list of one thing over and over; `first` stands before it. */
function list(unit: string, most = MOST, first: Buffer = Buffer.alloc(0), firstItems = 0): Buffer {
  const item = hex(unit)
  const count = Math.min(most, Math.floor((SIZE - first.length) / item.length))
  return Buffer.concat([Buffer.from([0x58]), int(count + firstItems), first, Buffer.alloc(count * item.length, item)])
}

/** A string in pieces of 32,768 units, which is how Java cuts long ones; `units` are what `text` has. */
function text(part: Buffer, units: number): Buffer {
  const piece = Buffer.concat([hex('52 8000'), Buffer.alloc((0x8000 / units) * part.length, part)])
  return Buffer.concat([...Array<Buffer>(Math.floor(SIZE / piece.length)).fill(piece), hex('00')])
}

function doubles(scale: number): Buffer {
  const count = Math.floor(SIZE / 9)
  const items = Buffer.alloc(count * 9, 0x44)
  for (let i = 0; i < count; i++) items.writeDoubleBE(Math.sqrt(i + 1) * scale, i * 9 + 1)
  return Buffer.concat([Buffer.from([0x58]), int(count), items])
}

/** An object whose class has so many fields, all of them null. */
const wide = (className: string, field: string, count: number): Buffer =>
  Buffer.concat([
    Buffer.from([0x43]),
    name(className),
    int(count),
    name('value'),
    Buffer.alloc((count - 1) * (field.length + 1), Buffer.concat([Buffer.from([field.length]), Buffer.from(field)])),
    Buffer.from([0x60]),
    Buffer.alloc(count, 0x4e)
  ])

const bigInteger = (words: number, word: Buffer): Buffer =>
  Buffer.concat([hex('60 91 58'), int(words), Buffer.alloc(words * word.length, word)])
const BIG_INTEGER = cls('java.math.BigInteger', 'signum', 'mag')

/** A string or binary data with as many empty pieces as are allowed between two that are not. */
function sparse(empty: Buffer, full: Buffer, last: Buffer): Buffer {
  const unit = Buffer.concat([...Array<Buffer>(8).fill(empty), full])
  return Buffer.concat([Buffer.alloc(Math.floor(SIZE / unit.length) * unit.length, unit), last])
}

/** An object of a class that might be a number, if its fields had other names; each name is as long as may be. */
function longNames(piece: Buffer, last: Buffer): Buffer {
  const pieces = Math.floor(65_535 / piece.readUInt16BE(1))
  const field = Buffer.concat([...Array<Buffer>(pieces).fill(piece), last])
  const count = Math.min(60, Math.floor(SIZE / field.length))
  const names = [...Array<Buffer>(count).fill(field)]
  return Buffer.concat([
    hex('43'),
    name('java.math.BigDecimal'),
    int(count),
    ...names,
    hex('60'),
    Buffer.alloc(count, 0x4e)
  ])
}

/** A decimal whose digits come in pieces. */
const longDecimal = (piece: Buffer): Buffer =>
  Buffer.concat([
    cls('java.math.BigDecimal', 'value'),
    hex('60'),
    Buffer.alloc(SIZE - (SIZE % piece.length), piece),
    hex('00')
  ])

const HANDLES = 'com.alibaba.com.caucho.hessian.io.'
const bitSet = (words: number, word: Buffer): Buffer =>
  Buffer.concat([
    cls(`${HANDLES}BitSetHandle`, 'words'),
    hex('60 58'),
    int(words),
    Buffer.alloc(words * word.length, word)
  ])

/** 2023-11-14T22:13:20.000000001+08:00[Asia/Shanghai], all its parts inside it. */
const zonedDateTime = (): Buffer =>
  Buffer.concat([
    cls(`${HANDLES}java8.ZonedDateTimeHandle`, 'dateTime', 'offset', 'zoneId'),
    hex('60'),
    cls(`${HANDLES}java8.LocalDateTimeHandle`, 'date', 'time'),
    hex('61'),
    cls(`${HANDLES}java8.LocalDateHandle`, 'year', 'month', 'day'),
    hex('62 cfe7 9b 9e'),
    cls(`${HANDLES}java8.LocalTimeHandle`, 'hour', 'minute', 'second', 'nano'),
    hex('63 a6 9d a4 91'),
    cls(`${HANDLES}java8.ZoneOffsetHandle`, 'seconds'),
    hex('64 d47080'),
    name('Asia/Shanghai')
  ])

export const hostileBodies: Readonly<Record<string, () => Buffer>> = {
  'a list of more ints than the budget': () => list('90', SIZE),
  'a list of ints': () => list('49 7fffffff'),
  'a list of empty lists': () => list('78'),
  'a list of empty maps': () => list('48 5a'),
  'a list of doubles': () => doubles(1),
  'a list of tiny doubles': () => doubles(1e-200),
  'a list of empty strings': () => list('00'),
  'a list of longs': () => list('4c 0123456789abcdef'),
  'a list of dates': () => list('4a 0000018bcfe5687b'),
  'a map of short strings': () =>
    Buffer.concat([hex('48'), list('01 61 05 6162636465', MOST / 2).subarray(6), hex('5a')]),
  'Chinese text': () => text(Buffer.from('中'), 1),
  'Greek text': () => text(Buffer.from('λ'), 1),
  'text of all widths': () => text(Buffer.from('aλ中λ中a中b'), 8),
  'ASCII text': () => text(Buffer.from('abcdefgh'), 8),
  'control characters': () => text(Buffer.from([1]), 1),
  quotes: () => text(Buffer.from('a"'), 2),
  emoji: () => text(hex('eda0bdedb880'), 2),
  'surrogates without their other half': () => text(hex('eda0bd61'), 2),
  'a string in pieces of one character': () => Buffer.concat([Buffer.alloc(SIZE, hex('52 0001 61')), hex('00')]),
  'a key of control characters': () => Buffer.concat([hex('48'), text(Buffer.from([1]), 1), hex('4e 5a')]),
  'binary data': () =>
    Buffer.concat([...Array<Buffer>(120).fill(Buffer.concat([hex('41 ffff'), Buffer.alloc(65_535, 7)])), hex('20')]),
  'binary data in pieces of one byte': () => Buffer.concat([Buffer.alloc(SIZE, hex('41 0001 61')), hex('20')]),
  'binary data in pieces of which most are empty': () => sparse(hex('41 0000'), hex('41 0001 61'), hex('20')),
  'a string in pieces of which most are empty': () => sparse(hex('52 0000'), hex('52 0001 61'), hex('00')),
  'a list of long strings': () => {
    const one = Buffer.concat([hex('53 ffff'), Buffer.from('aλ中λ中'.repeat(13_107))])
    const count = Math.floor(SIZE / one.length)
    return Buffer.concat([hex('58'), int(count), ...Array<Buffer>(count).fill(one)])
  },
  'long strings one after the other': () => {
    const one = Buffer.concat([hex('53 ffff'), Buffer.from('aλ中λ中'.repeat(13_107))])
    return Buffer.concat(Array<Buffer>(Math.floor(SIZE / one.length)).fill(one))
  },
  'a list of short binary data': () => list('22 0102'),
  'a class of half a million fields': () => wide('A', 'abc', 499_000),
  'a decimal of half a million fields': () => wide('java.math.BigDecimal', 'abcdefg', 499_000),
  'names of fields in pieces of one character': () => longNames(hex('52 0001 61'), hex('00')),
  'names of fields in pieces of which most are empty': () => {
    const unit = Buffer.concat([...Array<Buffer>(8).fill(hex('52 0000')), hex('52 0001 61')])
    const field = Buffer.concat([Buffer.alloc(65_535 * unit.length, unit), hex('00')])
    const count = Math.floor(SIZE / field.length)
    const class_ = [hex('43 01 41'), int(count), ...Array<Buffer>(count).fill(field)]
    return Buffer.concat([...class_, hex('60'), Buffer.alloc(count, 0x4e)])
  },
  'names of classes in pieces of one character': () => {
    const className = Buffer.concat([Buffer.alloc(65_535 * 4, hex('52 0001 61')), hex('00')])
    const one = Buffer.concat([hex('43'), className, hex('91 04 6e616d65')])
    const count = Math.floor(SIZE / one.length)
    const objects = Array.from({ length: count }, (_, i) => Buffer.concat([hex('4f'), int(i), hex('00')]))
    return Buffer.concat([hex('58'), int(count), ...Array<Buffer>(count).fill(one), ...objects])
  },
  'names of fields in Chinese': () =>
    longNames(Buffer.concat([hex('52 7fff'), Buffer.alloc(3 * 0x7fff, '中')]), hex('00')),
  'a million classes': () => Buffer.concat([Buffer.alloc(MOST * 3, hex('430090')), hex('60')]),
  beans: () =>
    list('60 03616263 e1 5d05', 240_000, Buffer.concat([cls('com.example.A', 'a', 'b', 'c'), hex('60 4e4e4e')]), 1),
  enums: () => list('60 03414243', 400_000, Buffer.concat([cls('com.example.E', 'name'), hex('60 0141')]), 1),
  decimals: () =>
    list('60 04312e3233', 400_000, Buffer.concat([cls('java.math.BigDecimal', 'value'), hex('60 0131')]), 1),
  'large integers': () =>
    Buffer.concat([
      Buffer.from([0x58]),
      int(600),
      BIG_INTEGER,
      ...Array<Buffer>(600).fill(bigInteger(1600, hex('49 7fffffff')))
    ]),
  'references to an integer of many zeros': () =>
    list('51 91', 900_000, Buffer.concat([BIG_INTEGER, bigInteger(1500, hex('90'))]), 1),
  'a decimal of eight million digits': () => longDecimal(Buffer.concat([hex('52 8000'), Buffer.alloc(0x8000, '7')])),
  'a decimal in pieces of one digit': () => longDecimal(hex('52 0001 37')),
  'a decimal of wide characters': () => longDecimal(Buffer.concat([hex('52 8000'), Buffer.alloc(3 * 0x8000, '中')])),
  'a decimal of halves of characters': () =>
    longDecimal(Buffer.concat([hex('52 8000'), Buffer.alloc(3 * 0x8000, hex('eda0bd'))])),
  'references to a set of no bits': () => list('51 91', 900_000, bitSet(128, hex('e0')), 1),
  'references to a set of all bits': () => list('51 91', 900_000, bitSet(128, hex('df')), 1),
  'references to a date-time': () => list('51 91', 900_000, zonedDateTime(), 1),
  'references to a list': () => list('51 91', 900_000, hex('7f 90909090909090'), 1),
  'lists inside lists': () => list(`${'79'.repeat(60)}90`, 15_000)
}
