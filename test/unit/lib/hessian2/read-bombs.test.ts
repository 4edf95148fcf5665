import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes, defaultBudget, HessianScan, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { cls, int, json, refused, str, wire } from './wire.ts'

/** Runs within `ms` of CPU: a bound so far above what is needed that only work out of all proportion breaks it. */
function quickly<T>(ms: number, run: () => T): T {
  const start = process.cpuUsage()
  const result = run()
  const { user, system } = process.cpuUsage(start)
  const took = (user + system) / 1000
  assert.ok(took < ms, `took ${took.toFixed(0)} ms of ${ms}`)
  return result
}

/** Lists of which each holds the one before `width` times: width^depth values when written out. */
function doubling(depth: number, width: number, first: string | Buffer = '78'): Buffer {
  const items: (string | Buffer)[] = [first]
  for (let i = 1; i < depth; i++)
    items.push(wire(Buffer.from([0x78 + width]), ...Array.from({ length: width }, () => wire('51', int(i)))))
  return wire('58', int(items.length), ...items)
}

test('a hundred bytes of doubling references are refused within milliseconds', () => {
  const bomb = wire(
    '58 a0',
    '78',
    ...Array.from({ length: 15 }, (_, i) =>
      wire(
        '7c',
        Buffer.from([0x51, 0x91 + i])
          .toString('hex')
          .repeat(4)
      )
    )
  )
  assert.ok(bomb.length < 150)
  assert.equal(quickly(10_000, () => decodeBytes(bomb)).length, 1)
  const error = quickly(10_000, () => refused('ABOX_HESSIAN_TOO_LARGE', () => json(bomb)))
  assert.match(error.message, /grows beyond \d+ bytes/)
})

test('wide and narrow doubling are refused alike', () => {
  for (const [depth, width] of [
    [40, 2],
    [20, 7],
    [60, 3]
  ] as const) {
    quickly(10_000, () => refused('ABOX_HESSIAN_TOO_LARGE', () => json(doubling(depth, width))))
  }
})

test('references that lead deeper than the limit are refused', () => {
  refused('ABOX_HESSIAN_TOO_DEEP', () => json(doubling(80, 1)))
})

test('an honest list of shared objects is written out', () => {
  const shared = wire(
    '58',
    int(1001),
    cls('A', 'text'),
    '60',
    str('x'.repeat(20)),
    Buffer.alloc(2000, Buffer.from([0x51, 0x91]))
  )
  assert.equal(json(shared).length, 1001 * 43 + 1002)
})

test('a hundred thousand levels are refused without exhausting the stack', () => {
  const opens = ['79', '57', '48 4e', '55 01 61', '4d 01 61 4e'].map((hex) => wire(hex))
  for (const open of opens) {
    const bytes = Buffer.alloc(open.length * 100_000, open)
    quickly(10_000, () => refused('ABOX_HESSIAN_TOO_DEEP', () => decodeBytes(bytes)))
  }
  const objects = wire(cls('A', 'a'), Buffer.alloc(100_000, 0x60))
  refused('ABOX_HESSIAN_TOO_DEEP', () => decodeBytes(objects))
})

test('a hundred thousand class definitions in a row need no stack', () => {
  const bytes = wire(Buffer.alloc(300_000, Buffer.from('430090', 'hex')), '60')
  assert.equal(quickly(10_000, () => decodeBytes(bytes)).length, 1)
  assert.equal(json(bytes), '{"class":""}')
})

test('megabytes of the smallest containers stop at the budget', () => {
  for (const unit of ['78', '485a', '575a']) {
    const bytes = wire('57', Buffer.alloc(4_000_000, Buffer.from(unit, 'hex')), '5a')
    quickly(10_000, () => refused('ABOX_HESSIAN_TOO_MANY', () => new HessianScan(bytes).skip()))
  }
})

test('long names repeated by short objects are refused', () => {
  const bytes = wire('58', int(20_000), cls('N'.repeat(30_000)), Buffer.alloc(20_000, 0x60))
  quickly(10_000, () => refused('ABOX_HESSIAN_TOO_LARGE', () => json(bytes)))
})

test('what is long to read and short to write cannot be asked for over and over', () => {
  const long = str('T'.repeat(30_000))
  const many = Buffer.alloc(200_000, Buffer.from([0x51, 0x91]))
  const repeated: Buffer[] = [
    wire('70', long),
    wire('4d', long, '5a'),
    wire(cls('java.math.BigDecimal', 'value', 'x'.repeat(30_000)), '60 0131 4e'),
    wire('79', cls('x'.repeat(30_000)), cls('B', 'name'), '61 0131')
  ]
  for (const first of repeated) {
    const bytes = wire('58', int(100_001), first, many)
    quickly(10_000, () => {
      try {
        json(bytes)
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, 'ABOX_HESSIAN_TOO_LARGE')
      }
    })
  }
})

test('objects that are almost dates are given up after a bounded look, at every level', () => {
  const name = 'com.alibaba.com.caucho.hessian.io.java8.OffsetDateTimeHandle'
  const nested = wire(cls(name, 'dateTime', 'offset'), '60', '60'.repeat(50), '4e', '4e'.repeat(51))
  assert.equal(quickly(10_000, () => json(nested)).split(name).length, 52)
  const wide = wire(
    '58',
    int(2),
    '58',
    int(3000),
    '90'.repeat(3000),
    cls('java.math.BigInteger', 'signum', 'mag'),
    '60 91 51 91'
  )
  assert.match(
    quickly(10_000, () => json(wide)),
    /"mag":\[0,0,/
  )
})

test('the JSON of a megabyte may be large, but not larger than the budget', () => {
  const budget = { ...defaultBudget, maxJsonBytes: 100_000 }
  const bytes = wire('58', int(60_000), Buffer.alloc(60_000, 0x90))
  refused('ABOX_HESSIAN_TOO_LARGE', () => json(bytes, budget))
  const scan = new HessianScan(bytes)
  const sink = new JsonSink()
  writeJson(scan, scan.skip(), sink)
  assert.equal(sink.length, 120_001)
})
