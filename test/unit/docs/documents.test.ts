import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CallRecord } from '#contracts/call-record'
import { Limits, Record as RecordRules } from '#contracts/common'
import { Hook } from '#contracts/hook'
import { Model, Split, Variant } from '#contracts/model'
import { Method, Service } from '#contracts/service'
import { codesOf, readText, tableUnder } from './markdown.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly items?: Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
}

const javaClass = Object.values((Service.properties.types as unknown as Schema).patternProperties ?? {})[0]
const hookVersion = (Hook.properties.versions as unknown as Schema).items

describe('docs/operations.md', () => {
  const schemas: readonly [string, Schema | undefined][] = [
    ['Service', Service],
    ['Method', Method],
    ['Java class', javaClass],
    ['Model', Model],
    ['Variant', Variant],
    ['Split', Split],
    ['Limits', Limits],
    ['Hook', Hook],
    ['Hook version', hookVersion],
    ['Hook shadow', Hook.properties.shadow as unknown as Schema],
    ['Recorded calls', RecordRules],
    ['Records', CallRecord]
  ]
  for (const [heading, schema] of schemas) {
    test(`${heading}: its table has the fields of the schema, in its order`, () => {
      const listed = tableUnder(readText('docs/operations.md'), heading).rows.map(([field = '']) => codesOf(field)[0])
      assert.deepEqual(listed, Object.keys(schema?.properties ?? {}))
    })
  }
})
