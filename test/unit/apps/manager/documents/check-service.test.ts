import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkService } from '../../../../../src/apps/manager/documents/check-service.ts'
import type { Service } from '../../../../../src/contracts/service.ts'

const method = { name: 'score', model: 'rank' }
const check = (more: object): void =>
  checkService({ kind: 'Service', interface: 'a.B', methods: [method], ...more } as Service)

const wrong: readonly (readonly [string, object, RegExp])[] = [
  [
    'a type of `types` that is none',
    { types: { 'a.C': { fields: { id: 'int[' } } } },
    /^Service a\.B: .*types\.a\.C\.id/
  ],
  [
    'a parameter that is no type',
    { methods: [{ ...method, parameters: ['int['] }] },
    /^Service a\.B: method score: .*parameters/
  ],
  [
    'a place of the model that is no path',
    { methods: [{ name: 'score', modelFrom: 'args[0' }] },
    /method score: .*args\[0/
  ],
  ['a mask that masks nothing', { record: { mask: ['nothing'] } }, /method score: .*"nothing": it masks nothing/]
]
for (const [what, more, text] of wrong) {
  test(`${what} is a document that cannot be used, and not a wrong request`, () => {
    assert.throws(
      () => check(more),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ABOX_DOCUMENT_INVALID')
        assert.match(error.message.replace('ABOX_DOCUMENT_INVALID: ', ''), text)
        return true
      }
    )
  })
}

test('parameters may be generic, of classes that are not described, and have any number of dimensions', () => {
  check({ methods: [{ ...method, parameters: ['java.util.List<a.Unknown>', 'int[][]', 'a.Other'] }] })
})
