import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { contractErrors } from '#contracts/errors'
import type { Hook } from '#contracts/hook'
import { systemClock } from '#core/clock'
import { AboxError } from '#core/errors'
import { prepareWeights } from '#lib/splitter'
import { createEndpointSet } from '#lib/upstream'
import { compileSet, type Good } from '../../../../../src/apps/gateway/documents/compile-set.ts'
import type { RawDocument } from '../../../../../src/apps/gateway/documents/source.ts'
import type { HookEntry, HookVersion } from '../../../../../src/apps/gateway/hooks.ts'
import { chance } from '../../../../harness/fuzz/chance.ts'

const raw = (key: string, document: object): RawDocument => ({ key, source: key, text: JSON.stringify(document) })
const model = (name: string, generation: number, more: object = {}): RawDocument => {
  const variant = { name: 'a', cluster: 'legacy', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x' }
  return raw(`models/${name}`, { kind: 'Model', name, variants: [{ ...variant, ...more }], generation })
}
const service = (name: string, generation: number, method: object): RawDocument => {
  const methods = [{ name: 'score', ...method }]
  return raw(`services/${name}`, { kind: 'Service', interface: name, methods, generation })
}
const hook = (name: string, generation: number, digit: number): RawDocument =>
  raw(`hooks/${name}`, { kind: 'Hook', name, versions: [{ digest: `sha256:${`${digit}`.repeat(64)}` }], generation })

/** One for all: what a set knows of its endpoints is another's matter. */
const endpointSet = createEndpointSet({ clock: systemClock })

/** Digest of what is to stand by, by hook: changes without a change of a document. */
const standbys = new Map<string, string>()
/** Names of hooks, as they were loaded. */
let loads: string[] = []

const options = {
  timeoutMs: 1000,
  endpoints: { setOf: () => endpointSet },
  secret: (name: string) => `value of ${name}`,
  hooks: {
    async load({ name, versions }: Hook): Promise<HookEntry> {
      loads.push(name)
      const digest = versions[0]?.digest ?? ''
      if (digest.endsWith('0')) throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `hook ${name}: a bad one`)
      const standby = standbys.get(name)
      return {
        name,
        versions: [],
        weights: prepareWeights({ [digest]: 1_000_000 }),
        ...(standby !== undefined && { standby: { digest: standby } as HookVersion })
      }
    },
    isCurrent: ({ name, standby }: HookEntry) => standby?.digest === standbys.get(name)
  }
}

/** As if nothing had been compiled before: what documents said is known, for the sake of bad ones. */
const uncompiled = (before: ReadonlyMap<string, Good>): Map<string, Good> =>
  new Map(
    [...before].map(
      ([
        key,
        {
          raw: { source, text },
          ...rest
        }
      ]) => [
        key,
        {
          ...rest,
          document: structuredClone(rest.document),
          raw: { key, source, text },
          compiled: { ...rest.compiled, uses: undefined }
        }
      ]
    )
  )

/** Types have functions of their own, which are equal to none but themselves. */
const written = (value: unknown): string => inspect(value, { depth: 20, sorted: true, maxArrayLength: null })

test('whatever changes, a set comes out as if all of it had been compiled', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const below = chance(seed)
    const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T
    const now = new Map<string, RawDocument>()
    let before: ReadonlyMap<string, Good> = new Map()
    for (let generation = 1; generation <= 25; generation++) {
      for (let change = below(3); change >= 0; change--) {
        const made = pick([
          () => model(pick(['m', 'n', 'o']), generation),
          () => model(pick(['m', 'n', 'o']), generation, { headers: { 'x-key': { secret: 'key' } } }),
          () => model(pick(['m', 'n']), generation, { endpoints: ['not an origin'] }),
          () => hook(pick(['h', 'i']), generation, below(3)),
          () => service(pick(['a.A', 'b.B']), generation, { model: pick(['m', 'n', 'gone']) }),
          () => service(pick(['a.A', 'b.B']), generation, { model: 'm', hook: pick(['h', 'i', 'gone']) }),
          () => service(pick(['c.C']), generation, { modelFrom: 'attachments.model' })
        ])()
        if (below(5) === 0) now.delete(made.key)
        else now.set(made.key, made)
        if (below(8) === 0) standbys.set(pick(['h', 'i']), `stands by since ${generation}`)
      }
      const documents = [...now.values()]
      const [some, all] = [
        await compileSet(documents, before, options),
        await compileSet(documents, uncompiled(before), options)
      ]
      for (const part of ['table', 'applied', 'refused', 'hookEntries', 'again'] as const) {
        assert.equal(written(some[part]), written(all[part]), `seed ${seed}, generation ${generation}: ${part}`)
      }
      before = some.good
    }
  }
})

test('what has not changed is the same object as before', async () => {
  const documents = [model('m', 1), model('n', 1), service('a.A', 1, { model: 'm' }), service('b.B', 1, { model: 'n' })]
  const first = await compileSet(documents, new Map(), options)
  const second = await compileSet([model('m', 2), ...documents.slice(1)], first.good, options)
  assert.deepEqual(second.changed, ['models/m'])
  assert.equal(second.table.models.get('n'), first.table.models.get('n'))
  assert.equal(second.table.services.get('b.B'), first.table.services.get('b.B'))
  assert.notEqual(second.table.services.get('a.A'), first.table.services.get('a.A'))
  const [route] = second.table.services.get('a.A')?.methods.get('score') ?? []
  assert.equal(route?.model.kind === 'fixed' && route.model.model.generation, 2)
})

test('a hook is loaded again when it has changed, or what stands by has, and for nothing else', async () => {
  const documents = [
    hook('h', 1, 1),
    hook('i', 1, 1),
    model('m', 1),
    model('n', 1),
    service('a.A', 1, { model: 'm', hook: 'h' }),
    service('b.B', 1, { model: 'm', hook: 'i' })
  ]
  standbys.clear()
  const first = await compileSet(documents, new Map(), options)
  const changed = (set: readonly RawDocument[], made: RawDocument): RawDocument[] =>
    set.map((one) => (one.key === made.key ? made : one))
  loads = []
  const second = await compileSet(changed(documents, model('n', 2)), first.good, options)
  assert.deepEqual(loads, [])
  assert.deepEqual(second.hookEntries, first.hookEntries)
  for (const [index, entry] of second.hookEntries.entries()) assert.equal(entry, first.hookEntries[index])
  for (const key of ['a.A', 'b.B']) assert.equal(second.table.services.get(key), first.table.services.get(key))

  const third = await compileSet(changed(documents, hook('i', 2, 2)), second.good, options)
  assert.deepEqual(loads, ['i'])
  assert.equal(third.table.services.get('a.A'), first.table.services.get('a.A'))
  const [route] = third.table.services.get('b.B')?.methods.get('score') ?? []
  assert.equal(route?.hook, third.hookEntries[1])

  standbys.set('h', 'another')
  loads = []
  const fourth = await compileSet(changed(documents, hook('i', 2, 2)), third.good, options)
  assert.deepEqual(loads, ['h'])
  assert.equal(fourth.table.services.get('a.A')?.methods.get('score')?.[0]?.hook?.standby?.digest, 'another')
})

test('a hook whose new document is bad stays as it is, without being loaded', async () => {
  standbys.clear()
  const first = await compileSet([hook('h', 1, 1)], new Map(), options)
  loads = []
  const second = await compileSet([hook('h', 2, 0)], first.good, options)
  const third = await compileSet([hook('h', 2, 0), model('m', 1)], second.good, options)
  assert.equal(third.hookEntries[0], first.hookEntries[0])
  assert.deepEqual(loads, ['h', 'h'], 'only the new document is tried each time')
})

test('a document that names a secret is compiled each time, as the secret may have changed', async () => {
  let value = 'old'
  const changing = { ...options, secret: () => value }
  const documents = [model('m', 1, { headers: { 'x-key': { secret: 'key' } } })]
  const first = await compileSet(documents, new Map(), changing)
  value = 'new'
  const second = await compileSet(documents, first.good, changing)
  assert.deepEqual(second.table.models.get('m')?.variants[0]?.headers, ['x-key', 'new'])
})
