import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HInt, HLong } from '#lib/hessian2'
import { listOf, objectOf } from '../../../harness/hessian-values.ts'
import { refused } from './wire.ts'
import { hexAs, valueAs } from './written.ts'

const ATOMIC = 'java.util.concurrent.atomic.Atomic'
const LEVEL = 'com.example.rank.Level'
const IO = 'com.alibaba.com.caucho.hessian.io.'

const bits = (...words: bigint[]): unknown =>
  objectOf(`${IO}BitSetHandle`, [
    [
      'words',
      listOf(
        words.map((word) => new HLong(word)),
        '[long'
      )
    ]
  ])

test('atomic values are objects around the plain ones, the boolean as an int', () => {
  assert.deepEqual(valueAs(`${ATOMIC}Integer`, '-7'), objectOf(`${ATOMIC}Integer`, [['value', new HInt(-7)]]))
  assert.deepEqual(valueAs(`${ATOMIC}Long`, '7.0'), objectOf(`${ATOMIC}Long`, [['value', new HLong(7n)]]))
  const large = 2n ** 63n - 1n
  assert.deepEqual(valueAs(`${ATOMIC}Long`, String(large)), objectOf(`${ATOMIC}Long`, [['value', new HLong(large)]]))
  assert.deepEqual(valueAs(`${ATOMIC}Boolean`, 'true'), objectOf(`${ATOMIC}Boolean`, [['value', new HInt(1)]]))
  assert.equal(valueAs(`${ATOMIC}Boolean`, 'null'), null)
})

test('what an atomic cannot hold is refused', () => {
  for (const [type, json] of [
    ['Integer', '2147483648'],
    ['Integer', '0.5'],
    ['Integer', 'true'],
    ['Integer', '99999999999999999999'],
    ['Long', '9223372036854775808'],
    ['Long', '"7"'],
    ['Boolean', '1']
  ] as const) {
    const { message } = refused('ABOX_ANSWER_TYPE', () => hexAs(`${ATOMIC}${type}`, json))
    assert.equal(message, `ABOX_ANSWER_TYPE: the result: found ${json}, expected ${ATOMIC}${type}`)
  }
})

test('a BitSet comes from the numbers of its bits', () => {
  assert.deepEqual(valueAs('java.util.BitSet', '[1, 70, 1]'), bits(2n, 64n))
  assert.deepEqual(valueAs('java.util.BitSet', '[63]'), bits(-(2n ** 63n)))
  for (const json of ['[-1]', '[65536]', '[0.5]', '["1"]', '{}']) {
    refused('ABOX_ANSWER_TYPE', () => hexAs('java.util.BitSet', json))
  }
})

test('many sets of high bits are refused before they are a hundred times their JSON', () => {
  const sets = (count: number, bit: number): string => `[${Array<string>(count).fill(`[${bit}]`).join()}]`
  const type = 'java.util.List<java.util.BitSet>'
  assert.ok(hexAs(type, sets(500, 65_535)).length > 1_000_000)
  assert.ok(hexAs(type, sets(20_000, 8191)).length > 5_000_000)
  const { message } = refused('ABOX_ANSWER_TYPE', () => hexAs(type, sets(20_000, 65_535)))
  assert.match(message, /^ABOX_ANSWER_TYPE: \[11\d\d\]: found an array, expected no further set of such high numbers/)
})

test('an EnumSet names its enum, even when it is empty', () => {
  const set = (names: string[]): unknown =>
    objectOf(`${IO}EnumSetHandler`, [
      [
        'objects',
        listOf(
          names.map((name) => objectOf(LEVEL, [['name', name]])),
          '[object'
        )
      ],
      ['type', objectOf('java.lang.Class', [['name', LEVEL]])]
    ])
  assert.deepEqual(valueAs(`java.util.EnumSet<${LEVEL}>`, '["LOW", "HIGH"]'), set(['LOW', 'HIGH']))
  assert.deepEqual(valueAs(`java.util.EnumSet<${LEVEL}>`, '[]'), set([]))
  const { message } = refused('ABOX_ANSWER_TYPE', () => hexAs(`java.util.EnumSet<${LEVEL}>`, '["LOW", "NONE"]'))
  assert.equal(message, `ABOX_ANSWER_TYPE: [1]: found "NONE", expected ${LEVEL} (one of LOW, MIDDLE, HIGH)`)
})

test('a Calendar is a handle around a date', () => {
  const hex = hexAs('java.util.Calendar', '1700000000123')
  assert.ok(hex.endsWith('604a0000018bcfe5687b4e'), hex)
  assert.equal(hexAs('java.util.GregorianCalendar', '"2023-11-14T22:13:20.123Z"'), hex)
})

test('a collection or map inside a container is named, because there Java is not told what to make', () => {
  const inner = (type: string, json: string): unknown => {
    const outer = valueAs(`java.util.List<${type}>`, `[${json}]`) as { items: { type: string | undefined }[] }
    return outer.items[0]?.type
  }
  for (const [type, json, name] of [
    ['java.util.List<java.lang.Long>', '[1]', undefined],
    ['java.util.ArrayList<java.lang.Long>', '[1]', undefined],
    ['java.util.Set<java.lang.Long>', '[1]', 'java.util.LinkedHashSet'],
    ['java.util.SortedSet<java.lang.Long>', '[1]', 'java.util.TreeSet'],
    ['java.util.Deque<java.lang.Long>', '[1]', 'java.util.LinkedList'],
    ['java.util.Stack<java.lang.Long>', '[1]', 'java.util.Stack'],
    ['java.util.Map<java.lang.String, java.lang.Long>', '{}', undefined],
    ['java.util.TreeMap<java.lang.String, java.lang.Long>', '{}', 'java.util.TreeMap'],
    ['java.util.Properties', '{"a": "b"}', 'java.util.Properties']
  ] as const) {
    assert.equal(inner(type, json), name, type)
  }
})

test('what Java would make wrongly even of a declared type is always named', () => {
  for (const [type, json, name] of [
    ['java.util.Queue<java.lang.Long>', '[]', 'java.util.LinkedList'],
    ['java.util.concurrent.BlockingQueue<java.lang.Long>', '[]', 'java.util.concurrent.LinkedBlockingDeque'],
    ['java.util.NavigableMap<java.lang.String, java.lang.Long>', '{}', 'java.util.TreeMap'],
    [
      'java.util.concurrent.ConcurrentMap<java.lang.String, java.lang.Long>',
      '{}',
      'java.util.concurrent.ConcurrentHashMap'
    ],
    ['java.util.Set<java.lang.Long>', '[]', undefined],
    ['java.util.TreeMap<java.lang.String, java.lang.Long>', '{}', undefined]
  ] as const) {
    assert.equal((valueAs(type, json) as { type?: string }).type, name, type)
  }
})
