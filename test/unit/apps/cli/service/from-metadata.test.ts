import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { createTypes } from '#lib/java-types'
import { draftFromJars } from '../../../../../src/apps/cli/service/from-jars.ts'
import { draftFromMetadata } from '../../../../../src/apps/cli/service/from-metadata.ts'
import { choose } from '../../../../../src/apps/cli/service/registry.ts'
import { comparableDraft } from '../../../../harness/comparable-draft.ts'
import { jarsOf } from '../../../lib/class-files/made.ts'

const recorded = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/dubbo-metadata/${name}.json`, import.meta.url), 'utf8')
const SHOP = 'com.example.shop'
const RANK = 'com.example.rank.RankService'

describe('a service from Dubbo’s metadata', () => {
  for (const version of ['2.7.23', '3.3.6']) {
    test(`what ${version} published of RankService is what the jar says, but for exceptions and the order of fields`, () => {
      const draft = draftFromMetadata(recorded(`rank-${version}`), version)
      const jar = draftFromJars(jarsOf('rank-api.jar'), RANK, 'jar')
      assert.deepEqual(comparableDraft(draft), comparableDraft(jar))
      assert.equal(draft.lossy, true)
      assert.match(draft.warnings[0] ?? '', /no declared exceptions, no order of fields and no type arguments/)
    })
  }

  test('version and group come from the definition', () => {
    const draft = draftFromMetadata(recorded('shop-3.3.6'), 'shop')
    assert.deepEqual([draft.interface, draft.version, draft.group], [`${SHOP}.ShopService`, '1.2.0', 'blue'])
  })

  test('nested classes have the name of the wire, and everything resolves', () => {
    const draft = draftFromMetadata(recorded('shop-3.3.6'), 'shop')
    assert.ok(Object.hasOwn(draft.types, `${SHOP}.Item$Size`))
    assert.deepEqual(draft.methods.find(({ name }) => name === 'fire')?.parameters, [`${SHOP}.Item$Size`])
    const types = createTypes(draft.types)
    for (const { returns } of draft.methods) types.resolve(returns)
  })

  test('a method that overrides a generic one is one method with the narrower result', () => {
    const one = draftFromMetadata(recorded('shop-3.3.6'), 'shop').methods.filter(({ name }) => name === 'one')
    assert.deepEqual(
      one.map(({ returns, overloaded }) => [returns, overloaded]),
      [[`${SHOP}.Item`, false]]
    )
  })

  test('what the metadata lost is Object, with a warning: futures, type parameters, classes that it does not describe', () => {
    const { warnings, methods } = draftFromMetadata(recorded('shop-3.3.6'), 'shop')
    assert.equal(methods.find(({ name }) => name === 'later')?.returns, 'java.lang.Object')
    for (const text of [
      /later result: what the future holds/,
      /found the type parameter TKey/,
      /com\.example\.shop\.Basket, which the metadata does not describe/
    ]) {
      assert.ok(
        warnings.some((warning) => text.test(warning)),
        String(text)
      )
    }
  })

  test('applications that agree give one draft; those that differ are named, and one can be chosen', () => {
    const draft = draftFromMetadata(recorded('rank-2.7.23'), '/dubbo/a')
    const other = draftFromMetadata(recorded('rank-3.3.6'), '/dubbo/b')
    const query = { address: '', service: RANK }
    assert.deepEqual(
      choose(query, [
        { application: 'a', draft },
        { application: 'b', draft: other }
      ]),
      [draft]
    )
    const changed = { ...other, methods: other.methods.slice(1) }
    const differing = [
      { application: 'a', draft },
      { application: 'b', draft: changed }
    ]
    assert.throws(() => choose(query, differing), {
      code: 'ABOX_SERVICE_METADATA',
      message: /applications a and b published different definitions \(echo\(java\.lang\.String\)\); --application/
    })
    assert.deepEqual(choose({ ...query, application: 'b' }, differing), [changed])
    assert.throws(() => choose({ ...query, application: 'c' }, differing), {
      code: 'ABOX_SERVICE_INTERFACE',
      message: /definitions of a, b/
    })
  })

  test('only coded errors leave the reader, whatever a provider published', () => {
    const text = recorded('rank-2.7.23')
    const broken = fc
      .tuple(fc.nat(text.length), fc.nat(60), fc.string({ maxLength: 8 }))
      .map(([at, count, put]) => text.slice(0, at) + put + text.slice(at + count))
    fc.assert(
      fc.property(fc.oneof(broken, fc.json()), (json) => {
        try {
          const draft = draftFromMetadata(json, 'x')
          createTypes(draft.types)
        } catch (error) {
          assert.ok(error instanceof AboxError && error.code !== 'ABOX_INTERNAL', String(error))
        }
      }),
      { numRuns: 400 }
    )
  })
})
