import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseClassSignature, parseFieldSignature, parseMethodSignature } from '#lib/class-files'

const STRING = { kind: 'class', name: 'java.lang.String', args: [] }

describe('signatures', () => {
  test('a field: classes, arguments with all wildcards, arrays, variables', () => {
    assert.deepEqual(parseFieldSignature('[[Ljava/util/Map<+Ljava/lang/String;-TT;>;', 'f'), {
      kind: 'array',
      component: {
        kind: 'array',
        component: {
          kind: 'class',
          name: 'java.util.Map',
          args: [
            { wildcard: 'extends', type: STRING },
            { wildcard: 'super', type: { kind: 'variable', name: 'T' } }
          ]
        }
      }
    })
    assert.deepEqual(parseFieldSignature('Ljava/util/List<*>;', 'f'), {
      kind: 'class',
      name: 'java.util.List',
      args: [{ wildcard: 'any' }]
    })
    assert.deepEqual(parseFieldSignature('J', 'f'), { kind: 'primitive', name: 'long' })
  })

  test('a nested class of a generic one has its own arguments alone', () => {
    assert.deepEqual(parseFieldSignature('Lp/Outer<Ljava/lang/String;>.Inner<TX;>;', 'f'), {
      kind: 'class',
      name: 'p.Outer$Inner',
      args: [{ wildcard: 'none', type: { kind: 'variable', name: 'X' } }]
    })
  })

  test('a method: its type parameters, their bounds, and generic exceptions', () => {
    const method = parseMethodSignature('<T:Ljava/lang/Object;:Ljava/io/Serializable;U:TT;>(TT;[I)V^TU;^Lp/E;', 'm')
    assert.deepEqual(
      method.typeParameters.map(({ name, bounds }) => [name, bounds.length]),
      [
        ['T', 2],
        ['U', 1]
      ]
    )
    assert.equal(method.parameters.length, 2)
    assert.deepEqual(method.returns, { kind: 'primitive', name: 'void' })
    assert.equal(method.exceptions.length, 2)
  })

  test('a class: a parameter whose first bound is an interface, superclass and interfaces', () => {
    const { parameters, superclass, interfaces } = parseClassSignature(
      '<K::Ljava/lang/Comparable<TK;>;V:>Lp/A<TK;>;Lp/I;',
      'c'
    )
    assert.deepEqual(
      parameters.map(({ name, bounds }) => [name, bounds.length]),
      [
        ['K', 1],
        ['V', 0]
      ]
    )
    assert.equal(superclass.kind === 'class' && superclass.name, 'p.A')
    assert.equal(interfaces.length, 1)
  })

  for (const text of [
    '',
    'L',
    'Lp/A',
    'Lp//A;',
    'Lp/A<>;',
    'Lp/A<I>;',
    'Lp/A<+*>;',
    'T;',
    'V',
    'X',
    'II',
    '[',
    'Lp/A;x',
    'L;',
    'Lp/A<Lp/B;'
  ]) {
    test(`${JSON.stringify(text)} is no field signature, and the message says where`, () => {
      assert.throws(() => parseFieldSignature(text, 'x.jar: entry "A.class"'), {
        code: 'ABOX_CLASS_SIGNATURE',
        message: /x\.jar: entry "A\.class": .* at character \d+: found .*, expected /
      })
    })
  }

  test('nesting and dimensions are bounded', () => {
    assert.throws(() => parseFieldSignature('Lp/A<'.repeat(40), 'x'), { message: /32 levels/ })
    assert.throws(() => parseFieldSignature(`${'['.repeat(300)}I`, 'x'), { message: /255 dimensions/ })
    assert.throws(() => parseMethodSignature(`(${'[Lp/A<'.repeat(5000)}`, 'x'), { code: 'ABOX_CLASS_SIGNATURE' })
  })
})
