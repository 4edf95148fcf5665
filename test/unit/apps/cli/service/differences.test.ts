import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Service } from '#contracts/service'
import { createTypes, type TypeDefinitions } from '#lib/java-types'
import { arrival, arrivalText } from '../../../../../src/apps/cli/service/consumers.ts'
import { type Difference, differences } from '../../../../../src/apps/cli/service/differences.ts'
import type { DraftMethod, ServiceDraft } from '../../../../../src/apps/cli/service/draft.ts'

const NAME = 'a.Ranks'
const method = (name: string, returns: string, more: Partial<DraftMethod> = {}): DraftMethod => ({
  ...{ name, returns, parameters: [], parameterTypes: [], overloaded: false, throws: [], later: false },
  ...more
})
const draft = (methods: readonly DraftMethod[], types: TypeDefinitions = {}, lossy = false): ServiceDraft => ({
  ...{ interface: NAME, methods, types, source: 'a.jar', lossy, warnings: [] }
})
const service = (methods: Service['methods'], types: TypeDefinitions = {}): Service =>
  ({ kind: 'Service', interface: NAME, methods, types }) as Service

/** The differences of a bean that `go` answers. */
const ofBean = (was: TypeDefinitions[string], now: TypeDefinitions[string], more: TypeDefinitions = {}): Difference[] =>
  differences(
    service([{ name: 'go', model: 'm', returns: 'a.B' }], { 'a.B': was, ...more }),
    draft([method('go', 'a.B')], { 'a.B': now, ...more })
  )
const ofField = (was: string, now: string, more: TypeDefinitions = {}): Difference | undefined =>
  ofBean({ fields: { x: was } }, { fields: { x: now } }, more)[0]

describe('differences between a document and Java', () => {
  test('the same, in another spelling, is no difference', () => {
    const was = service(
      [{ name: 'go', model: 'm', returns: 'java.util.concurrent.CompletableFuture< java.util.List<?> >' }],
      {
        'a.G': { fields: { x: 'java.util.Map<K,V>', y: 'V' } }
      }
    )
    const now = draft([method('go', 'java.util.List<java.lang.Object>')], {
      'a.G': { fields: { x: 'java.util.Map<T, T1>', y: 'T1' } }
    })
    assert.deepEqual(differences(was, now), [])
  })

  test('a removed method breaks its callers, and the text says how they see it', () => {
    const [found] = differences(service([{ name: 'gone', model: 'm' }]), draft([method('go', 'int')]))
    assert.deepEqual([found?.kind, found?.what, found?.place, found?.breaks], ['removed', 'method', 'gone', true])
    assert.match(found?.effects[0] ?? '', /SERVICE_NOT_FOUND \(status 60\), .* three requests/)
  })

  test('an added method breaks nobody', () => {
    const found = differences(
      service([{ name: 'go', model: 'm', returns: 'int' }]),
      draft([method('go', 'int'), method('new', 'int')])
    )
    assert.deepEqual(
      found.map(({ place, breaks }) => [place, breaks]),
      [['new()', false]]
    )
  })

  test('an entry without parameters answers every overload, so that another one is no difference', () => {
    const now = draft([method('go', 'int', { parameters: ['int'] }), method('go', 'int', { parameters: ['long'] })])
    assert.deepEqual(differences(service([{ name: 'go', model: 'm', returns: 'int' }]), now), [])
  })

  test('other parameters of a method that names them break typed callers', () => {
    const was = service([{ name: 'go', model: 'm', returns: 'int', parameters: ['java.util.List<java.lang.Long>'] }])
    const now = draft([method('go', 'int', { parameters: ['java.util.Set'] })])
    const found = differences(was, now)
    assert.deepEqual(
      found.map(({ kind, what, breaks }) => [kind, what, breaks]),
      [
        ['changed', 'parameters', true],
        ['added', 'method', false]
      ]
    )
    assert.deepEqual(differences(was, draft([method('go', 'int', { parameters: ['java.util.List'] })])), [])
  })

  test('an int that becomes a long is converted by every version, and cut where it does not fit', () => {
    const found = ofField('int', 'long')
    assert.equal(found?.breaks, false)
    assert.match(found?.effects[0] ?? '', /old jar.*fine, every version converts, but what does not fit int is cut/)
    assert.match(found?.effects[1] ?? '', /new jar.*fine, every version converts$/)
  })

  test('a String that becomes an enum: those with the new jar fail until the document follows, 2.7 and typed ones', () => {
    const found = ofField('java.lang.String', 'a.E', { 'a.E': { enum: ['A'] } })
    assert.match(found?.effects[1] ?? '', /new jar, until .*: 2\.7, typed 2\.7, typed 3\.x: RpcException$/)
    assert.equal(found?.breaks, true)
  })

  test('a field that goes is null for the old jar; one that comes is ignored', () => {
    const [added, removed] = ofBean({ fields: { x: 'int' } }, { fields: { y: 'int' } })
    assert.deepEqual([added?.kind, added?.place, added?.breaks], ['added', 'a.B.y', false])
    assert.deepEqual([removed?.kind, removed?.place, removed?.breaks], ['removed', 'a.B.x', true])
  })

  test('constants: a removed one is refused from then on, an added one cannot be made by the old jar', () => {
    const types = (constants: string[]): TypeDefinitions => ({ 'a.E': { enum: constants } })
    const found = differences(
      service([{ name: 'go', model: 'm', returns: 'a.E' }], types(['A', 'B'])),
      draft([method('go', 'a.E')], types(['A', 'C']))
    )
    assert.deepEqual(
      found.map(({ kind, place, breaks }) => [kind, place, breaks]),
      [
        ['added', 'a.E.C', true],
        ['removed', 'a.E.B', true]
      ]
    )
    assert.match(found[1]?.effects[0] ?? '', /ABOX_ANSWER_TYPE/)
  })

  test('a class that stands in arguments alone changes no answer', () => {
    const found = differences(
      service([{ name: 'go', model: 'm', returns: 'int' }], { 'a.Q': { fields: { x: 'int' } } }),
      draft([method('go', 'int')], { 'a.Q': { fields: {} } })
    )
    assert.deepEqual(
      found.map(({ place, breaks }) => [place, breaks]),
      [['a.Q.x', false]]
    )
  })

  test('a class that no longer is an enum breaks', () => {
    assert.equal(ofBean({ enum: ['A'] }, { fields: {} })[0]?.breaks, true)
  })

  test('metadata never says that something is missing which it cannot know', () => {
    const was = service([{ name: 'go', model: 'm', returns: 'a.Page<a.B>', throws: ['a.X'] }], {
      'a.Page': { fields: { rows: 'java.util.List<T>', one: 'T' } },
      'a.B': { fields: { x: 'int' } },
      'a.X': { fields: {}, exception: true }
    })
    const now = draft(
      [method('go', 'a.Page')],
      {
        'a.Page': { fields: { one: 'java.lang.Object', rows: 'java.util.List<java.lang.Object>' } },
        'a.B': { fields: { x: 'int' } }
      },
      true
    )
    assert.deepEqual(differences(was, now), [])
  })

  test('metadata does say that a field has another type', () => {
    const was = service([{ name: 'go', model: 'm', returns: 'a.B' }], { 'a.B': { fields: { x: 'int' } } })
    const found = differences(was, draft([method('go', 'a.B')], { 'a.B': { fields: { x: 'long' } } }, true))
    assert.deepEqual(
      found.map(({ place }) => place),
      ['a.B.x']
    )
  })
})

describe('what consumers make of another type', () => {
  const types = createTypes({ 'a.E': { enum: ['A'] }, 'a.B': { fields: {} }, 'a.C': { fields: {} } })
  // Rows of the recorded matrix: declared, sent, as a result or in a bean; 2.6, 2.7, 3.x, typed 2.7, typed 3.x.
  const rows: [string, string, boolean, string][] = [
    ['int', 'double', false, 'ok ok ok ok ok'],
    ['java.lang.Long', 'java.lang.String', false, 'ok error ok error error'],
    ['boolean', 'int', false, 'error ok ok ok ok'],
    ['java.lang.String', 'int', false, 'error ok error ok ok'],
    ['java.util.Date', 'long', false, 'ok error ok error error'],
    ['java.time.LocalDateTime', 'java.lang.String', false, 'error error ok error error'],
    ['java.time.Instant', 'long', false, 'error error error error error'],
    ['java.math.BigDecimal', 'double', false, 'ok error ok error error'],
    ['a.E', 'java.lang.String', false, 'ok error ok error error'],
    ['byte[]', 'java.util.List<java.lang.Integer>', false, 'ok error ok error error'],
    ['double[]', 'java.util.List<java.lang.Integer>', false, 'ok ok ok ok ok'],
    ['float[]', 'double[]', false, 'error ok error ok ok'],
    ['java.util.List<java.lang.Double>', 'java.util.List<java.lang.Integer>', false, 'ok ok ok class class'],
    ['java.util.List<a.E>', 'java.util.List<java.lang.String>', false, 'ok ok ok class class'],
    ['java.util.List<a.E>', 'java.util.List<java.lang.String>', true, 'ok error ok error error'],
    ['java.util.List<java.lang.Double>', 'java.util.List<java.lang.Integer>', true, 'ok ok ok ok ok'],
    ['java.util.Map<java.lang.Long,a.B>', 'java.util.Map<java.lang.String,a.B>', true, 'ok error ok error error'],
    ['java.util.Map<java.lang.Long,a.B>', 'java.util.Map<java.lang.Integer,a.B>', false, 'ok ok ok class class'],
    ['java.lang.Object', 'a.B', true, 'ok ok ok ok ok'],
    ['a.B', 'a.C', false, 'ok ok ok unknown unknown'],
    ['a.B', 'int', false, 'unknown unknown unknown unknown unknown']
  ]
  for (const [declared, sent, inBean, expected] of rows) {
    test(`${declared} from ${sent}${inBean ? ' in a bean' : ''}`, () => {
      const found = arrival(types.resolve(declared), types.resolve(sent), { inBean, element: false })
      assert.equal(Object.values(found).join(' '), expected)
    })
  }

  test('as a text: who, then what', () => {
    const found = arrival(
      types.resolve('java.util.Map<java.lang.Long,a.B>'),
      types.resolve('java.util.Map<java.lang.Long,a.C>'),
      { inBean: false, element: false }
    )
    assert.equal(arrivalText(found), 'typed 2.7, typed 3.x: nobody measured it, so try it')
    assert.equal(
      arrivalText(arrival(types.resolve('int'), types.resolve('int'), { inBean: false, element: false })),
      undefined
    )
  })
})
