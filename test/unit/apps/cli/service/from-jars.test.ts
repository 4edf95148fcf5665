import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openJars } from '#lib/class-files'
import { createTypes } from '#lib/java-types'
import type { ServiceDraft } from '../../../../../src/apps/cli/service/draft.ts'
import { draftFromJars, serviceInterfaces } from '../../../../../src/apps/cli/service/from-jars.ts'
import { jarsOf, makeZip } from '../../../lib/class-files/made.ts'
import { type MadeClass, makeClass } from '../../../lib/class-files/made-class.ts'

const SHOP = 'com.example.shop'
const COMMON = 'com.example.common'
const shop = (): ServiceDraft => draftFromJars(jarsOf('shop-api.jar', 'common-api.jar'), `${SHOP}.ShopService`, 'shop')
const methodOf = (draft: ServiceDraft, name: string, count?: number) =>
  draft.methods.find((method) => method.name === name && (count === undefined || method.parameters.length === count))
const made = (...classes: MadeClass[]) =>
  openJars([
    {
      name: 'made.jar',
      bytes: makeZip(
        classes.map((each) => ({ name: `${each.name.replaceAll('.', '/')}.class`, data: makeClass(each) }))
      )
    }
  ])

describe('a service from jars', () => {
  test('the interfaces of a jar are the public ones with methods', () => {
    assert.deepEqual(serviceInterfaces(jarsOf('shop-api.jar', 'common-api.jar')), [`${SHOP}.ShopService`])
    assert.deepEqual(serviceInterfaces(jarsOf('common-api.jar')), [], 'a generic one is for others to extend')
  })

  test('what was drafted resolves, every class and every result', () => {
    const draft = shop()
    const types = createTypes(draft.types)
    for (const { returns } of draft.methods) types.resolve(returns)
    assert.deepEqual(Object.keys(draft.types).sort(), Object.keys(draft.types))
  })

  test('overloads are told apart by the names of their parameters as a descriptor has them', () => {
    const draft = shop()
    assert.deepEqual(methodOf(draft, 'list', 1)?.parameters, ['java.lang.String'])
    assert.deepEqual(methodOf(draft, 'list', 2)?.parameters, ['java.lang.String', 'int'])
    assert.equal(methodOf(draft, 'list', 2)?.overloaded, true)
    assert.equal(methodOf(draft, 'fire')?.overloaded, false)
    assert.deepEqual(methodOf(draft, 'grouped')?.parameters, [
      'java.util.Set',
      'java.util.List',
      `${SHOP}.Item[][]`,
      'long[]'
    ])
  })

  test('methods of a generic interface have its arguments in their types and its erasure in their descriptor', () => {
    const query = methodOf(shop(), 'query')
    assert.deepEqual(query?.parameters, ['java.lang.Object'])
    assert.deepEqual(query?.parameterTypes, [`${SHOP}.ItemQuery`])
    assert.equal(query?.returns, `${COMMON}.Page<${SHOP}.Item>`)
  })

  test('an overriding method counts once, bridges and static methods do not, default methods do', () => {
    const draft = shop()
    assert.equal(draft.methods.filter(({ name }) => name === 'one').length, 1)
    assert.equal(methodOf(draft, 'one')?.returns, `${SHOP}.Item`)
    assert.equal(methodOf(draft, 'none'), undefined)
    assert.equal(methodOf(draft, 'limit')?.returns, 'int')
  })

  test('a future is what it holds', () => {
    const later = methodOf(shop(), 'later')
    assert.deepEqual([later?.returns, later?.later], [`${COMMON}.Result<${SHOP}.Item>`, true])
  })

  test('type parameters of a method are their bounds', () => {
    const draft = shop()
    assert.equal(methodOf(draft, 'first')?.returns, `${SHOP}.Item`)
    assert.deepEqual(methodOf(draft, 'first')?.parameterTypes, [`java.util.List<${SHOP}.Item>`])
    assert.equal(methodOf(draft, 'any')?.returns, 'java.lang.Object')
  })

  test('fields: the superclass first, a repeated name once with the type of the subclass, no static or transient ones', () => {
    const { fields } = shop().types[`${SHOP}.Item`] ?? {}
    assert.deepEqual(Object.keys(fields ?? {}).slice(0, 4), ['id', 'changedAt', 'note', 'kind'])
    assert.equal(fields?.['note'], 'java.util.List<java.lang.String>')
    assert.equal(fields?.['cached'], undefined)
    assert.equal(fields?.['TABLE'], undefined)
    assert.equal(fields?.['sizes'], `java.util.Map<java.lang.String, ${SHOP}.Item$Size[]>`)
    assert.equal(fields?.['numbers'], 'java.util.List<java.util.List<java.lang.Number>>')
  })

  test('a generic superclass is written in the parameters of the subclass', () => {
    assert.deepEqual(shop().types[`${COMMON}.Result`]?.fields, {
      code: 'int',
      message: 'java.lang.Object',
      data: 'T',
      others: 'java.util.List<T>'
    })
  })

  test('type arguments stand in the order in which the fields name the parameters, unused ones left out', () => {
    const draft = shop()
    assert.deepEqual(draft.types[`${COMMON}.Pair`]?.fields, { second: 'B', first: 'A' })
    assert.equal(methodOf(draft, 'pair')?.returns, `${COMMON}.Pair<java.lang.Long, java.lang.String>`)
    const bean = createTypes(draft.types).resolve(methodOf(draft, 'pair')?.returns ?? '')
    assert.ok(bean.kind === 'bean')
    assert.deepEqual([bean.fields.get('first')?.kind, bean.fields.get('second')?.kind], ['string', 'long'])
  })

  test('long names of type parameters become letters that `types` knows', () => {
    assert.deepEqual(shop().types[`${COMMON}.Keyed`]?.fields, { entries: 'java.util.Map<T, T1>', best: 'T' })
  })

  test('a raw generic class keeps no arguments', () => {
    assert.equal(shop().types[`${SHOP}.ItemQuery`]?.fields?.['last'], `${COMMON}.Result`)
  })

  test('enums with constants that have bodies, records, and nested classes', () => {
    const { types } = shop()
    assert.deepEqual(types[`${SHOP}.Kind`], { enum: ['BOOK', 'TOY'] })
    assert.deepEqual(types[`${SHOP}.Money`], {
      fields: { amount: 'java.math.BigDecimal', currency: 'java.lang.String' }
    })
    assert.deepEqual(types[`${SHOP}.Item$Size`], { fields: { width: 'double', height: 'double' } })
  })

  test('declared exceptions are marked and have their own fields; those of Java have none', () => {
    const { types, methods } = shop()
    assert.deepEqual(types[`${SHOP}.ShopException`], { fields: { code: 'int', kind: `${SHOP}.Kind` }, exception: true })
    assert.deepEqual(types['java.io.IOException'], { fields: {}, exception: true })
    assert.deepEqual(methods.find(({ name }) => name === 'price')?.throws, [
      `${SHOP}.ShopException`,
      'java.io.IOException'
    ])
  })

  test('what cannot be described is Object, and a warning says where and why', () => {
    const { warnings, types } = shop()
    const { fields } = types[`${SHOP}.Item`] ?? {}
    for (const [name, why] of [
      ['legacy', /Item\.legacy: found com\.example\.absent\.Legacy, which is in no jar given/],
      ['random', /Item\.random: found java\.util\.Random, a class of Java/],
      ['basket', /Item\.basket: com\.example\.shop\.Basket extends java\.util\.ArrayList/]
    ] as const) {
      assert.equal(fields?.[name], 'java.lang.Object')
      assert.ok(
        warnings.some((warning) => why.test(warning)),
        name
      )
    }
    assert.ok(warnings.some((warning) => /Growing\.next: .* ever deeper/.test(warning)))
    assert.ok(warnings.some((warning) => /ShopService\.maybe\(\) result: found java\.util\.Optional/.test(warning)))
  })

  test('a class that no jar has keeps its name where the document describes it', () => {
    const path = jarsOf('shop-api.jar', 'common-api.jar')
    const draft = draftFromJars(path, `${SHOP}.ShopService`, 'shop', {
      'com.example.absent.Legacy': { fields: { name: 'java.lang.String' } }
    })
    assert.equal(draft.types[`${SHOP}.Item`]?.fields?.['legacy'], 'com.example.absent.Legacy')
    assert.ok(!draft.warnings.some((warning) => warning.includes('Legacy')))
  })

  test('without the jar of the superclass and of the extended interface, warnings name both', () => {
    const { warnings } = draftFromJars(jarsOf('shop-api.jar'), `${SHOP}.ShopService`, 'shop')
    assert.ok(
      warnings.some((warning) => /extends com\.example\.common\.QueryService, .* methods are missing/.test(warning))
    )
    assert.ok(
      warnings.some((warning) =>
        /Item: extends com\.example\.common\.BaseEntity, .* fields from there are missing/.test(warning)
      )
    )
  })

  test('a field that only resolves for some type arguments is Object, and a warning says so', () => {
    const service: MadeClass = { name: 'a.S', access: 0x201, methods: { go: { descriptor: '()La/A;' } } }
    const set = { descriptor: 'Ljava/util/EnumSet;', signature: 'Ljava/util/EnumSet<TT;>;' }
    const bean: MadeClass = { name: 'a.A', signature: '<T:Ljava/lang/Object;>Ljava/lang/Object;', fields: { set } }
    const draft = draftFromJars(made(bean, service), 'a.S', 'made')
    createTypes(draft.types).resolve('a.A')
    assert.deepEqual(draft.types['a.A'], { fields: { set: 'java.lang.Object' } })
    assert.match(draft.warnings.join(), /a\.A\.set: .*written as java\.lang\.Object/)
  })

  test('two classes that lead to ever more types of each other end in a field of Object', () => {
    const grow = (other: string) => ({
      x: { descriptor: `La/${other};`, signature: `La/${other}<Ljava/util/List<TT;>;>;` }
    })
    const signature = '<T:Ljava/lang/Object;>Ljava/lang/Object;'
    const go = { descriptor: '()La/A;', signature: '()La/A<Ljava/lang/String;>;' }
    const path = made(
      { name: 'a.A', signature, fields: grow('B') },
      { name: 'a.B', signature, fields: grow('A') },
      { name: 'a.S', access: 0x201, methods: { go } }
    )
    const draft = draftFromJars(path, 'a.S', 'made')
    createTypes(draft.types).resolve(draft.methods[0]?.returns ?? '')
    assert.match(draft.warnings.join(), /ABOX_TYPE_TOO_MANY/)
  })

  test('a superclass chain that doubles its type at each step ends in a coded error', () => {
    const chain = Array.from({ length: 40 }, (_, i): MadeClass => {
      const superclass = `La/C${i + 1}<La/P<TT;TT;>;>;`
      return { name: `a.C${i}`, superName: `a.C${i + 1}`, signature: `<T:Ljava/lang/Object;>${superclass}` }
    })
    const last: MadeClass = {
      name: 'a.C40',
      signature: '<T:Ljava/lang/Object;>Ljava/lang/Object;',
      fields: { x: { descriptor: 'Ljava/lang/Object;', signature: 'TT;' } }
    }
    const service: MadeClass = { name: 'a.S', access: 0x201, methods: { go: { descriptor: '()La/C0;' } } }
    const path = made(...chain, last, service)
    assert.throws(() => draftFromJars(path, 'a.S', 'made'), { code: 'ABOX_CLASS_LIMIT' })
  })

  test('a class that extends itself, and one that extends a class that extends it, end', () => {
    const service: MadeClass = { name: 'a.S', access: 0x201, methods: { go: { descriptor: '()La/A;' } } }
    const draft = draftFromJars(
      made({ name: 'a.A', superName: 'a.B' }, { name: 'a.B', superName: 'a.A' }, service),
      'a.S',
      'made'
    )
    assert.deepEqual(draft.types['a.A'], { fields: {} })
    assert.match(draft.warnings.join(), /extends a\.[AB]/)
  })
})
