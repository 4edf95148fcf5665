import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACCESS, openJars, openZip, parseClass } from '#lib/class-files'
import { jarBytes, jarsOf, makeZip } from './made.ts'
import { makeClass } from './made-class.ts'

const SHOP = 'com.example.shop'
const has = (access: number, flag: number): boolean => (access & flag) !== 0

describe('class files', () => {
  test('a class: super, fields with access, descriptor and signature', () => {
    const item = jarsOf('shop-api.jar').find(`${SHOP}.Item`)
    assert.equal(item?.superName, 'com.example.common.BaseEntity')
    const note = item?.fields.find(({ name }) => name === 'note')
    assert.deepEqual([note?.descriptor, note?.signature], ['Ljava/util/List;', 'Ljava/util/List<Ljava/lang/String;>;'])
    const base = jarsOf('common-api.jar').find('com.example.common.BaseEntity')
    assert.ok(has(base?.access ?? 0, ACCESS.abstract))
    assert.ok(has(base?.fields.find(({ name }) => name === 'cached')?.access ?? 0, ACCESS.transient))
    assert.ok(has(base?.fields.find(({ name }) => name === 'TABLE')?.access ?? 0, ACCESS.static))
  })

  test('an interface: what it extends with arguments, methods, declared exceptions, bridges', () => {
    const shop = jarsOf('shop-api.jar').find(`${SHOP}.ShopService`)
    assert.ok(has(shop?.access ?? 0, ACCESS.interface))
    assert.deepEqual(shop?.interfaces, ['com.example.common.QueryService'])
    assert.match(shop?.signature ?? '', /QueryService<Lcom\/example\/shop\/ItemQuery;Lcom\/example\/shop\/Item;>/)
    const price = shop?.methods.find(({ name }) => name === 'price')
    assert.deepEqual(price?.exceptions, [`${SHOP}.ShopException`, 'java.io.IOException'])
    assert.deepEqual(
      shop?.methods.filter(({ name }) => name === 'one').map(({ access }) => has(access, ACCESS.bridge)),
      [false, true]
    )
  })

  test('an enum: its constants are the fields with the flag', () => {
    const kind = jarsOf('shop-api.jar').find(`${SHOP}.Kind`)
    assert.ok(has(kind?.access ?? 0, ACCESS.enum))
    assert.deepEqual(
      kind?.fields.filter(({ access }) => has(access, ACCESS.enum)).map(({ name }) => name),
      ['BOOK', 'TOY']
    )
  })

  test('a record and nested classes', () => {
    const path = jarsOf('shop-api.jar')
    assert.equal(path.find(`${SHOP}.Money`)?.superName, 'java.lang.Record')
    assert.ok(path.find(`${SHOP}.Item`)?.nested.some(({ name }) => name === `${SHOP}.Item$Size`))
    assert.equal(path.find(`${SHOP}.Item$Size`)?.name, `${SHOP}.Item$Size`)
  })

  test('a class in no jar is undefined, and the first jar that has one gives it', () => {
    const path = jarsOf('shop-api.jar', 'common-api.jar')
    assert.equal(path.find('com.example.absent.Legacy'), undefined)
    assert.match(path.where('com.example.common.Page'), /^common-api\.jar: entry "com\/example\/common\/Page\.class"$/)
    assert.ok(path.own.every((name) => name.startsWith(SHOP)))
  })

  test('classes below BOOT-INF/classes are found; those below META-INF/versions are not', () => {
    const data = openZip(jarBytes('shop-api.jar'), 'x').read('com/example/shop/Shape.class') ?? Buffer.alloc(0)
    const bytes = makeZip([
      { name: 'BOOT-INF/classes/com/example/shop/Shape.class', data },
      { name: 'META-INF/versions/17/com/example/shop/Other.class', data },
      { name: 'module-info.class', data }
    ])
    const path = openJars([{ name: 'app.jar', bytes }])
    assert.deepEqual(path.own, [`${SHOP}.Shape`])
    assert.equal(path.find(`${SHOP}.Shape`)?.name, `${SHOP}.Shape`)
  })

  test('a class under another name than its own is refused', () => {
    const data = openZip(jarBytes('shop-api.jar'), 'x').read('com/example/shop/Shape.class') ?? Buffer.alloc(0)
    const path = openJars([{ name: 'app.jar', bytes: makeZip([{ name: 'a/B.class', data }]) }])
    assert.throws(() => path.find('a.B'), { code: 'ABOX_CLASS_FORMAT', message: /app\.jar.*Shape.*expected "a\.B"/ })
  })

  test('every way to cut a class file short is an error with jar, entry and offset', () => {
    const whole = openZip(jarBytes('shop-api.jar'), 'x').read('com/example/shop/Item.class') ?? Buffer.alloc(0)
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => parseClass(whole.subarray(0, length), 'x.jar: entry "Item"'), {
        code: 'ABOX_CLASS_FORMAT',
        message: /^ABOX_CLASS_FORMAT: x\.jar: entry "Item": offset \d+: /
      })
    }
  })

  test('bytes behind the class are an error', () => {
    const whole = openZip(jarBytes('shop-api.jar'), 'x').read('com/example/shop/Shape.class') ?? Buffer.alloc(0)
    assert.throws(() => parseClass(Buffer.concat([whole, Buffer.from([0])]), 'x'), { code: 'ABOX_CLASS_FORMAT' })
  })

  test('texts are in the UTF-8 of the JVM: NUL in two bytes, other planes as two surrogates', () => {
    const text = Buffer.from('c080e4bda0eda0bdedb880', 'hex')
    const bytes = makeClass({ name: 'a.B', fields: { PLACE: { descriptor: 'I' } } })
    const at = bytes.indexOf('PLACE')
    const put = Buffer.concat([bytes.subarray(0, at - 2), Buffer.from([0, text.length]), text, bytes.subarray(at + 5)])
    assert.equal(parseClass(put, 'x').fields[0]?.name, '\u0000你😀')
  })

  test('a class name with control characters is refused', () => {
    assert.throws(() => parseClass(makeClass({ name: 'a.\u001b[31mB' }), 'x'), {
      code: 'ABOX_CLASS_FORMAT',
      message: /this class: found control characters in "a\/\\u001b\[31mB"/
    })
  })
})
