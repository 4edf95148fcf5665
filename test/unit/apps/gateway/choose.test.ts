import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reason } from '#contracts/call-record'
import { AboxError } from '#core/errors'
import { createSplitter, prepareWeights } from '#lib/splitter'
import { chooseHook, chooseVariant } from '../../../../src/apps/gateway/choose.ts'
import { compileModel } from '../../../../src/apps/gateway/documents/compile.ts'

const variant = (name: string) => ({
  name,
  cluster: name,
  protocol: 'raw' as const,
  endpoints: ['http://127.0.0.1:1'],
  path: '/x'
})
const model = (split: object) =>
  compileModel({
    kind: 'Model',
    name: 'rank',
    variants: [variant('legacy'), variant('seldon')],
    split: { weights: { legacy: 750_000, seldon: 250_000 }, ...split }
  })
const splitter = createSplitter({ maxKeys: 100, seed: 1 })

test('the weights belong to the names, in whatever order the variants stand in the document', () => {
  const entry = compileModel({
    kind: 'Model',
    name: 'rank',
    variants: [variant('zeta'), variant('alpha')],
    split: { weights: { zeta: 1_000_000, alpha: 0 } }
  })
  const choice = { variantIndex: -1, reason: 'weight' as Reason }
  for (let i = 0; i < 10; i++) {
    chooseVariant(splitter, entry, 'anybody', 'score', new Map(), choice)
    assert.equal(entry.variants[choice.variantIndex]?.name, 'zeta')
  }
})

const choose = (split: object, caller: string, forced?: string): [string, Reason] => {
  const entry = model(split)
  const choice = { variantIndex: -1, reason: 'weight' as Reason }
  chooseVariant(
    splitter,
    entry,
    caller,
    'score',
    new Map(forced === undefined ? [] : [['abox.variant', forced]]),
    choice
  )
  return [entry.variants[choice.variantIndex]?.name ?? '', choice.reason]
}

test('the kill switch wins over everything', () => {
  const split = { kill: 'legacy', pins: [{ caller: 'shop', variant: 'seldon' }], allowForced: true }
  assert.deepEqual(choose(split, 'shop', 'seldon'), ['legacy', 'kill'])
})

test('a pinned caller goes to its variant', () => {
  assert.deepEqual(choose({ pins: [{ caller: 'shop', variant: 'seldon' }] }, 'shop'), ['seldon', 'pin'])
})

test('a caller may force a variant only where the model allows it', () => {
  assert.deepEqual(choose({ allowForced: true }, 'shop', 'seldon'), ['seldon', 'forced'])
  assert.equal(choose({}, 'shop', 'seldon')[1], 'weight')
})

test('a forced name that does not exist is refused with the names that do', () => {
  assert.throws(
    () => choose({ allowForced: true }, 'shop', 'canary'),
    (error) => error instanceof AboxError && /found "canary", expected one of legacy, seldon/.test(error.message)
  )
})

test('the weights are exact per caller and method', () => {
  const seen = { legacy: 0, seldon: 0 }
  const entry = model({})
  for (let i = 0; i < 400; i++) {
    const choice = { variantIndex: -1, reason: 'weight' as Reason }
    chooseVariant(splitter, entry, 'fresh caller', 'score', new Map(), choice)
    seen[entry.variants[choice.variantIndex]?.name as 'legacy' | 'seldon']++
    assert.ok(Math.abs(seen.legacy - (i + 1) * 0.75) < 1)
  }
})

test('the division of hook versions is exact within each variant, so a canary of one is not a canary of the other', () => {
  const hooks = createSplitter({ maxKeys: 100, seed: 2 })
  const versions = ['a', 'b'].map((digest) => ({
    digest,
    label: digest,
    hasPre: true,
    hasPost: true,
    sandbox: undefined as never,
    disabled: undefined,
    stoodIn: 0,
    looks: { pre: false, post: false }
  }))
  const hook = { name: 'h', versions, weights: prepareWeights({ a: 500_000, b: 500_000 }) }
  const entry = model({ weights: { legacy: 500_000, seldon: 500_000 } })
  const seen = new Map<string, number>()
  for (let i = 0; i < 400; i++) {
    const choice = { variantIndex: -1, reason: 'weight' as Reason }
    chooseVariant(splitter, entry, 'both', 'a.B#score', new Map(), choice)
    const name = entry.variants[choice.variantIndex]?.name ?? ''
    const key = `${name} ${chooseHook(hooks, hook, name, 'both').digest}`
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  assert.deepEqual([...seen.values()], [100, 100, 100, 100])
})

test('two services that call one model in turn are each divided exactly', () => {
  const entry = model({ weights: { legacy: 500_000, seldon: 500_000 } })
  const legacy = { 'a.B#score': 0, 'c.D#score': 0 }
  for (let i = 0; i < 200; i++) {
    const key = i % 2 === 0 ? 'a.B#score' : 'c.D#score'
    const choice = { variantIndex: -1, reason: 'weight' as Reason }
    chooseVariant(splitter, entry, 'in turn', key, new Map(), choice)
    if (entry.variants[choice.variantIndex]?.name === 'legacy') legacy[key]++
  }
  assert.deepEqual(legacy, { 'a.B#score': 50, 'c.D#score': 50 })
})

test('calls with the same sticky value go to the same variant, a growing weight takes none back, and shares are near', () => {
  const chosen = (legacy: number, value: string): string => {
    const entry = model({ weights: { legacy, seldon: 1_000_000 - legacy }, sticky: { by: 'attachments.userId' } })
    const choice = { variantIndex: -1, reason: 'weight' as Reason }
    chooseVariant(splitter, entry, 'x', 'k', new Map([['userId', value]]), choice)
    assert.equal(choice.reason, 'sticky')
    return entry.variants[choice.variantIndex]?.name ?? ''
  }
  const values = Array.from({ length: 2000 }, (_, index) => `user-${index}`)
  const before = values.filter((value) => chosen(250_000, value) === 'legacy')
  assert.deepEqual(
    before,
    values.filter((value) => chosen(250_000, value) === 'legacy')
  )
  assert.ok(before.every((value) => chosen(500_000, value) === 'legacy'))
  assert.ok(Math.abs(before.length - 500) < 80, `${before.length} of 2000 at 25 %`)
})
