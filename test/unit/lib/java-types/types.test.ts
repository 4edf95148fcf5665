import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { createTypes, type JavaType } from '#lib/java-types'

const rank = createTypes({
  'com.example.rank.RankResult': {
    fields: {
      items: 'java.util.List<com.example.rank.ItemScore>',
      level: 'com.example.rank.Level',
      previous: 'com.example.rank.RankResult',
      total: 'java.math.BigDecimal'
    }
  },
  'com.example.rank.ItemScore': { fields: { id: 'long', score: 'double' } },
  'com.example.rank.Level': { enum: ['LOW', 'HIGH'] },
  'com.example.rank.RankException': { exception: true, fields: { code: 'int' } },
  'com.example.Empty': {},
  'com.example.Result': { fields: { code: 'int', data: 'T', more: 'java.util.List<T[]>' } },
  'com.example.Pair': { fields: { first: 'A', second: 'java.util.Map<A, B>' } },
  'com.example.Node': { fields: { value: 'T', next: 'com.example.Node<T>' } }
})

const resolve = (text: string): JavaType => rank.resolve(text)

function field(type: JavaType, name: string): JavaType {
  assert.equal(type.kind, 'bean')
  const found = type.fields.get(name)
  assert.ok(found)
  return found
}

test('primitives and boxes are told apart', () => {
  assert.deepEqual(resolve('int'), { kind: 'int', text: 'int', boxed: false })
  assert.deepEqual(resolve('java.lang.Float'), { kind: 'float', text: 'java.lang.Float', boxed: true })
})

test('single values are known by their class', () => {
  for (const [text, kind] of [
    ['java.lang.String', 'string'],
    ['java.math.BigDecimal', 'bigDecimal'],
    ['java.util.Date', 'date'],
    ['java.time.LocalDateTime', 'localDateTime'],
    ['java.lang.Object', 'object'],
    ['byte[]', 'bytes'],
    ['char[]', 'string'],
    ['void', 'void'],
    ['java.sql.Timestamp', 'sqlDate']
  ] as const) {
    assert.equal(resolve(text).kind, kind, text)
  }
})

test('arrays carry the name that hessian-lite gives them', () => {
  for (const [text, wireName] of [
    ['double[]', '[double'],
    ['double[][]', '[[double'],
    ['java.lang.String[]', '[string'],
    ['java.lang.Object[]', '[object'],
    ['java.util.Date[]', '[date'],
    ['java.lang.Integer[]', '[java.lang.Integer'],
    ['byte[][]', '[[byte'],
    ['com.example.rank.ItemScore[]', '[com.example.rank.ItemScore'],
    ['java.util.List<java.lang.Long>[]', '[java.util.List']
  ]) {
    const type = resolve(text as string)
    assert.equal(type.kind === 'array' && type.wireName, wireName)
  }
})

test('collections, maps and futures hand on their arguments', () => {
  const list = resolve('java.util.List<java.util.Map<java.lang.Long, double[]>>')
  assert.equal(list.kind, 'list')
  assert.equal(list.set, false)
  assert.equal(list.element.kind === 'map' && list.element.key.kind, 'long')
  const set = resolve('java.util.LinkedHashSet<java.lang.String>')
  assert.ok(set.kind === 'list' && set.set && set.wireName === 'java.util.LinkedHashSet')
  assert.equal(resolve('java.util.concurrent.CompletableFuture<java.lang.String>').kind, 'string')
})

test('raw types and wildcards have elements of their bound, or Object', () => {
  for (const [text, kind] of [
    ['java.util.List', 'object'],
    ['java.util.Collection<?>', 'object'],
    ['java.util.Set<? extends java.lang.Number>', 'number'],
    ['java.util.List<? super java.lang.Long>', 'long']
  ] as const) {
    const type = resolve(text)
    assert.equal(type.kind === 'list' && type.element.kind, kind, text)
  }
})

test('white space in a type does not matter', () => {
  assert.equal(resolve(' java.util.Map < java.lang.String , int [ ] > ').text, 'java.util.Map<java.lang.String,int[]>')
})

test('beans may contain themselves', () => {
  const result = resolve('com.example.rank.RankResult')
  assert.equal(field(result, 'previous'), result)
  const items = field(result, 'items')
  assert.equal(items.kind === 'list' && items.element, resolve('com.example.rank.ItemScore'))
})

test('enums, exceptions and classes without fields are known', () => {
  const level = resolve('com.example.rank.Level')
  assert.deepEqual(level.kind === 'enum' && [...level.constants], ['LOW', 'HIGH'])
  assert.equal(rank.isEnum('com.example.rank.Level'), true)
  assert.equal(rank.isEnum('com.example.rank.ItemScore'), false)
  assert.equal(rank.has('com.example.rank.RankException'), true)
  assert.equal(rank.has('java.util.List'), false)
  assert.equal(resolve('com.example.Empty').kind, 'bean')
})

test('type parameters of a described class take the arguments', () => {
  const result = resolve('com.example.Result<com.example.rank.ItemScore>')
  assert.equal(field(result, 'data'), resolve('com.example.rank.ItemScore'))
  assert.equal(field(result, 'more').text, 'java.util.List<com.example.rank.ItemScore[]>')
  assert.equal(result.kind === 'bean' && result.name, 'com.example.Result')
  const pair = resolve('com.example.Pair<java.lang.String,java.lang.Long>')
  assert.equal(field(pair, 'second').text, 'java.util.Map<java.lang.String,java.lang.Long>')
  const node = resolve('com.example.Node<java.lang.Long>')
  assert.equal(field(node, 'next'), node)
})

test('a raw class has Object for its type parameters', () => {
  assert.equal(field(resolve('com.example.Result'), 'data').kind, 'object')
})

test('the same text gives the same type', () => {
  assert.equal(resolve('java.util.List<double[]>'), resolve('java.util.List<double[]>'))
})

test('a text that is no type is refused with its place', () => {
  for (const text of [
    '',
    'int[',
    'java.util.List<',
    'java.util.List<>',
    'a.b<c',
    'List<int>x',
    '1a',
    'a..b',
    'java.util.List<,>',
    'x'.repeat(3000),
    `${'java.util.List<'.repeat(40)}`,
    `int${'[]'.repeat(17)}`
  ]) {
    assert.throws(() => resolve(text), { code: 'ABOX_TYPE_SYNTAX' }, text)
  }
  assert.throws(() => resolve('java.util.List<int>x'), {
    message: /type "java.util.List<int>x": at character 19: found "x", expected the end/
  })
})

test('type arguments that do not fit are refused', () => {
  for (const text of [
    'java.util.Map<int>',
    'java.util.List<int>',
    'java.lang.String<java.lang.String>',
    'com.example.rank.ItemScore<java.lang.Long>',
    'com.example.Pair<java.lang.Long>',
    'void[]'
  ]) {
    assert.throws(() => resolve(text), { code: 'ABOX_TYPE_SYNTAX' }, text)
  }
})

test('an unknown class is refused with a hint', () => {
  assert.throws(() => resolve('List<java.lang.Long>'), {
    code: 'ABOX_TYPE_UNKNOWN',
    message: /the class "List" in "List<java.lang.Long>" is not known: write java.util.List/
  })
  assert.throws(() => resolve('com.example.Nobody'), { message: /describe it under `types`/ })
})

test('a mistake in a described class names class, field and text', () => {
  assert.throws(() => createTypes({ 'com.x.A': { fields: { b: 'java.util.List<com.x.Gone>' } } }), {
    code: 'ABOX_TYPE_UNKNOWN',
    message: /types\.com\.x\.A\.b: the class "com\.x\.Gone" is not known/
  })
  assert.throws(() => createTypes({ 'com.x.A': { fields: { b: 'void' } } }), { code: 'ABOX_TYPE_SYNTAX' })
  assert.throws(() => createTypes({ 'com.x.A': { fields: {}, enum: ['A'] } }), { code: 'ABOX_TYPE_SYNTAX' })
})

test('a type that failed once fails again and leaves nothing behind', () => {
  const types = createTypes({})
  for (let i = 0; i < 2; i++) {
    assert.throws(() => types.resolve('java.util.List<com.x.Gone>'), { code: 'ABOX_TYPE_UNKNOWN' })
  }
})

test('a class that nests itself ever deeper is refused', () => {
  assert.throws(() => createTypes({ 'com.x.A': { fields: { t: 'T', next: 'com.x.A<java.util.List<T>>' } } }), {
    code: /ABOX_TYPE_(TOO_MANY|SYNTAX)/
  })
})

test('a long chain of classes is resolved without recursion', () => {
  const chain = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`c.C${i}`, { fields: { next: `c.C${i + 1 < 10_000 ? i + 1 : 0}` } }])
  )
  assert.equal(createTypes(chain).resolve('c.C0').kind, 'bean')
})

test('in random text only coded errors occur', () => {
  const piece = fc.constantFrom(
    'java.util.List',
    'java.util.Map',
    '<',
    '>',
    ',',
    '?',
    '[]',
    ' ',
    'int',
    'java.lang.Long',
    'extends',
    '.',
    '['
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        resolve(pieces.join(''))
      } catch (error) {
        assert.ok(error instanceof AboxError && error.code.startsWith('ABOX_TYPE_'), String(error))
      }
    }),
    { numRuns: 3000 }
  )
})

test('a class whose name looks like a type parameter is that class where it is described', () => {
  const types = createTypes({ L: { enum: ['LOW', 'HIGH'] }, 'c.Bean': { fields: { level: 'L' } } })
  const bean = types.resolve('c.Bean')
  assert.equal(bean.kind === 'bean' ? bean.fields.get('level')?.kind : undefined, 'enum')
})
