import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { descriptorOf, parameterTypesOf } from '../../../../src/lib/dubbo/descriptor.ts'

const TYPES = [
  ['', []],
  ['II', ['int', 'int']],
  ['ZBCDFIJS', ['boolean', 'byte', 'char', 'double', 'float', 'int', 'long', 'short']],
  ['[[DLjava/lang/String;[I', ['double[][]', 'java.lang.String', 'int[]']],
  ['[Ljava/lang/String;Lcom/example/Outer$Inner;', ['java.lang.String[]', 'com.example.Outer$Inner']]
] as const

describe('parameter descriptors', () => {
  it('are read into Java source names and written back', () => {
    for (const [descriptor, types] of TYPES) {
      assert.deepEqual(parameterTypesOf(descriptor), types)
      assert.equal(descriptorOf(types), descriptor)
    }
  })

  it('leave generics out', () => {
    assert.equal(
      descriptorOf(['java.util.Map<java.lang.String, java.util.List<X>>', 'java.util.List<X>[]']),
      'Ljava/util/Map;[Ljava/util/List;'
    )
  })

  it('say where they are wrong and what was found', () => {
    for (const [bad, at] of [
      ['Ljava/lang/String', 0],
      ['IL;', 1],
      ['I[', 1],
      ['Ix', 1],
      ['java.lang.String', 0]
    ] as const) {
      assert.throws(() => parameterTypesOf(bad), { code: 'ABOX_DUBBO_DESCRIPTOR', offset: at })
    }
  })

  it('have no more types and dimensions than the JVM allows', () => {
    assert.equal(parameterTypesOf('I'.repeat(255)).length, 255)
    assert.throws(() => parameterTypesOf('I'.repeat(256)), { code: 'ABOX_DUBBO_DESCRIPTOR' })
    assert.throws(() => parameterTypesOf(`${'['.repeat(256)}I`), { code: 'ABOX_DUBBO_DESCRIPTOR' })
  })

  it('end in a coded error for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[[LIDa/;]{0,20}$/)), (text) => {
        try {
          parameterTypesOf(text)
        } catch (error) {
          assert.ok(error instanceof AboxError)
        }
      }),
      { interruptAfterTimeLimit: 500, numRuns: 5000 }
    )
  })
})
