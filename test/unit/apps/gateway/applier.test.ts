import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import { sandboxErrors } from '#lib/sandbox'
import { prepareWeights } from '#lib/splitter'
import { type Applied, type Applier, createApplier } from '../../../../src/apps/gateway/documents/applier.ts'
import type { LastGood } from '../../../../src/apps/gateway/documents/last-good.ts'
import { loadFirst } from '../../../../src/apps/gateway/documents/load-first.ts'
import type { DocumentSource, RawDocument } from '../../../../src/apps/gateway/documents/source.ts'
import type { Hooks } from '../../../../src/apps/gateway/hooks.ts'

const noHooks: Hooks = {
  load: () => Promise.reject(new Error('no hooks here')),
  isCurrent: () => true,
  retain() {},
  versions: () => [],
  close() {}
}

function createMemoryLastGood(): LastGood & { kept: readonly RawDocument[] } {
  const store = {
    kept: [] as readonly RawDocument[],
    read: async () => store.kept,
    write: async (documents: readonly RawDocument[]) => {
      store.kept = documents
    }
  }
  return store
}

const raw = (key: string, document: object): RawDocument => ({ key, source: key, text: JSON.stringify(document) })
const variant = { name: 'a', cluster: 'legacy', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x' }
const model = (generation: number, more: object = {}): RawDocument =>
  raw('models/rank', { kind: 'Model', name: 'rank', variants: [variant], generation, ...more })
const service = (generation: number, method: object = {}): RawDocument =>
  raw('services/a.B', {
    kind: 'Service',
    interface: 'a.B',
    methods: [{ name: 'score', model: 'rank', ...method }],
    generation
  })

const other = (generation: number): RawDocument =>
  raw('services/c.D', { kind: 'Service', interface: 'c.D', methods: [{ name: 'score', model: 'rank' }], generation })

const create = () => {
  const lastGood = createMemoryLastGood()
  const applier = createApplier({ hooks: noHooks, lastGood, timeoutMs: 1000, log: silentLogger, onApplied: () => {} })
  return { applier, lastGood }
}

test('a good set is applied whole and kept on disk', async () => {
  const { applier, lastGood } = create()
  const { table, applied, refused } = await applier.apply([service(3), model(7)])
  assert.deepEqual(applied, { 'models/rank': 7, 'services/a.B': 3 })
  assert.deepEqual(refused, {})
  assert.equal(table.services.get('a.B')?.methods.get('score')?.length, 1)
  assert.equal(lastGood.kept.length, 2)
})

test('a bad document leaves the last good one in force and says why', async () => {
  const { applier, lastGood } = create()
  await applier.apply([service(1), model(1)])
  const { applied, refused, table } = await applier.apply([service(1), model(2, { split: { weights: { a: 5 } } })])
  assert.equal(applied['models/rank'], 1)
  assert.match(refused['models/rank'] ?? '', /ABOX_SPLIT_WEIGHTS/)
  assert.equal(table.models.get('rank')?.generation, 1)
  assert.ok(
    lastGood.kept.every(({ text }) => text.includes('"generation":1')),
    'the bad one is not kept'
  )
})

test('text that is no JSON is refused like any other bad document', async () => {
  const { applier } = create()
  await applier.apply([model(1)])
  const { applied, refused } = await applier.apply([{ key: 'models/rank', source: 'x', text: '{' }])
  assert.equal(applied['models/rank'], 1)
  assert.match(refused['models/rank'] ?? '', /ABOX_DOCUMENT_INVALID: x: not JSON/)
})

test('a service that names a model without a document is refused, and works once the model is there', async () => {
  const { applier } = create()
  const first = await applier.apply([service(1)])
  assert.match(first.refused['services/a.B'] ?? '', /model: found "rank", of which no usable document is published/)
  const second = await applier.apply([service(1), model(1)])
  assert.deepEqual(second.refused, {})
})

const hook = raw('hooks/shape', { kind: 'Hook', name: 'shape', versions: [{ digest: `sha256:${'a'.repeat(64)}` }] })
const hooked = (generation: number): RawDocument =>
  raw('services/a.B', {
    kind: 'Service',
    interface: 'a.B',
    methods: [
      { name: 'score', model: 'rank', hook: 'shape' },
      { name: 'plain', model: 'rank' }
    ],
    generation
  })

test('a hook of which nothing can be used leaves the other methods of its service in force, also after a restart', async () => {
  const { applier, lastGood } = create()
  const check = ({ table, refused, applied }: Applied): void => {
    const methods = table.services.get('a.B')?.methods
    assert.match(methods?.get('score')?.[0]?.hook?.refused ?? '', /^hooks\/shape: no hooks here/)
    assert.equal(methods?.get('plain')?.[0]?.hook, undefined)
    assert.match(refused['hooks/shape'] ?? '', /no hooks here/)
    assert.match(refused['services/a.B'] ?? '', /method score: hook: found "shape", of which no usable document is/)
    assert.equal(applied['services/a.B'], 1)
  }
  check(await applier.apply([hook, hooked(1), model(1)]))
  const restarted = create().applier
  await restarted.apply(lastGood.kept)
  check(await restarted.apply([hook, hooked(1), model(1)]))
})

test('a service whose new document names a hook of which nothing can be used stays as it was', async () => {
  const { applier } = create()
  await applier.apply([service(1), model(1)])
  const { table, applied, refused } = await applier.apply([hook, hooked(2), model(1)])
  assert.equal(table.services.get('a.B')?.methods.get('score')?.[0]?.hook, undefined)
  assert.equal(applied['services/a.B'], 1)
  assert.match(refused['services/a.B'] ?? '', /hook: found "shape"/)
})

test('a document that is gone is gone', async () => {
  const { applier } = create()
  await applier.apply([service(1), other(1), model(1)])
  const gone = await applier.apply([other(1), model(1)])
  assert.deepEqual([...gone.table.services.keys()], ['c.D'])
})

test('a set that has lost all services or all models is taken for a wiped store, folder by folder', async () => {
  const { applier, lastGood } = create()
  const whole = [service(1), model(1)]
  await applier.apply(whole)
  for (const wiped of [[model(1)], [service(1)], []]) {
    const { table, refused } = await applier.apply(wiped)
    assert.deepEqual([table.services.size, table.models.size], [1, 1])
    assert.match(refused['(all)'] ?? '', /the set has no (services|models) any more/)
  }
  assert.equal(lastGood.kept.length, 2)
  assert.deepEqual((await applier.apply(whole)).refused, {}, 'and the receipt is clean once they are back')
})

test('what a set says itself to be empty by intention is let go, folder by folder, also when it says so later', async () => {
  const { applier, lastGood } = create()
  const mark = (folder: string): RawDocument => ({ key: `empty/${folder}`, source: folder, text: '' })
  await applier.apply([service(1), model(1)])
  assert.match((await applier.apply([model(1), mark('models')])).refused['(all)'] ?? '', /no services any more/)
  const served = await applier.apply([model(1), mark('services')])
  assert.deepEqual([served.table.services.size, served.table.models.size, served.refused], [0, 1, {}])
  assert.match((await applier.apply([mark('services')])).refused['(all)'] ?? '', /no models any more/)
  const none = await applier.apply([mark('services'), mark('models')])
  assert.deepEqual([none.table.models.size, none.applied, none.refused], [0, {}, {}])
  assert.deepEqual(lastGood.kept, [])
})

test('a model that is deleted while a service uses it stays, and the receipt says so', async () => {
  const { applier } = create()
  const spare = raw('models/spare', { kind: 'Model', name: 'spare', variants: [variant], generation: 1 })
  await applier.apply([service(1), model(1), spare])
  const { table, refused } = await applier.apply([service(1), spare])
  assert.equal(table.services.size, 1)
  assert.match(refused['models/rank'] ?? '', /a service still uses it/)
})

test('a refusal says where the document stands', async () => {
  const { applier } = create()
  const { refused } = await applier.apply([
    { ...model(1, { split: { weights: { a: 5 } } }), source: 'routes.yaml (document 2)' }
  ])
  assert.match(refused['models/rank'] ?? '', /^ABOX_SPLIT_WEIGHTS: routes\.yaml \(document 2\): /)
})

test('a listener that fails does not hold back the documents that follow', async () => {
  const applier = createApplier({
    hooks: noHooks,
    lastGood: createMemoryLastGood(),
    timeoutMs: 1000,
    log: silentLogger,
    onApplied() {
      throw new Error('no')
    }
  })
  await applier.apply([model(1)])
  assert.equal((await applier.apply([model(2)])).applied['models/rank'], 2)
})

test('a document under the name of another is refused', async () => {
  const { applier } = create()
  const { refused } = await applier.apply([{ ...model(1), key: 'models/other' }])
  assert.match(refused['models/other'] ?? '', /found the document of "rank", expected that of "other"/)
})

test('sets that come while one is being applied are applied in order', async () => {
  const { applier } = create()
  const all = [1, 2, 3].map((generation) => applier.apply([model(generation)]))
  assert.deepEqual(
    (await Promise.all(all)).map(({ applied }) => applied['models/rank']),
    [1, 2, 3]
  )
  assert.equal(applier.current().applied['models/rank'], 3)
})

test('a hook that is called like what every object has is unknown like any other', async () => {
  const { applier } = create()
  const { refused, table } = await applier.apply([service(1, { hook: 'constructor' }), model(1), hook])
  assert.match(refused['services/a.B'] ?? '', /hook: found "constructor", of which no usable document is published/)
  assert.equal(table.services.size, 0)
})

/** Hooks of which the first `fails` attempts end with an error that may pass, and those after it as `last` says. */
function createStarvedHooks(fails: number, last?: Error): Hooks & { loads(): number } {
  let loads = 0
  return {
    ...noHooks,
    load(document) {
      loads++
      if (loads <= fails) return Promise.reject(new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, 'no CPU'))
      if (last !== undefined) return Promise.reject(last)
      return Promise.resolve({ name: document.name, versions: [], weights: prepareWeights({ a: 1_000_000 }) })
    },
    loads: () => loads
  }
}
const createStarved = (hooks: Hooks): Applier => {
  const lastGood = createMemoryLastGood()
  const more = { timeoutMs: 1000, log: silentLogger, onApplied: () => {}, random: () => 0 }
  return createApplier({ hooks, lastGood, ...more })
}

test('a hook that was refused with an error that may pass is tried again until it is accepted', async () => {
  const hooks = createStarvedHooks(3)
  const applier = createStarved(hooks)
  const { refused } = await applier.apply([hook, hooked(1), model(1)])
  assert.match(refused['hooks/shape'] ?? '', /ABOX_HOOK_PROCESS/)
  await applier.settled()
  assert.deepEqual(applier.current().refused, {})
  assert.equal(applier.current().table.services.get('a.B')?.methods.get('score')?.[0]?.hook?.refused, undefined)
  await applier.apply([hook, hooked(1), model(1)])
  assert.equal(hooks.loads(), 4, 'the same set again has nothing new')
})

test('a hook that was refused with an error that may pass is tried again until it is refused for good', async () => {
  const hooks = createStarvedHooks(2, new AboxError(sandboxErrors.ABOX_HOOK_COMPILE, 'x('))
  const applier = createStarved(hooks)
  await applier.apply([hook, hooked(1), model(1)])
  await applier.settled()
  assert.match(applier.current().refused['hooks/shape'] ?? '', /ABOX_HOOK_COMPILE/)
  assert.equal(hooks.loads(), 3)
})

test('a set that is to be applied again never takes the place of a newer one', async () => {
  const applier = createStarved(createStarvedHooks(1))
  const sets = [applier.apply([hook, hooked(1), model(1)]), applier.apply([hooked(2), service(2), model(2)])]
  await Promise.all(sets)
  await applier.settled()
  assert.deepEqual(applier.current().applied['models/rank'], 2)
})

test('nothing is tried again once the applier is closed', async () => {
  const hooks = createStarvedHooks(Number.POSITIVE_INFINITY)
  const applier = createStarved(hooks)
  await applier.apply([hook, hooked(1), model(1)])
  await applier.close()
  await applier.settled()
  // A timer of the shortest time that was made before this one would be over by then.
  await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal(hooks.loads(), 1)
})

const firstSet = (applier: Applier, hooksWithinMs?: number): Promise<void> => {
  const source: DocumentSource = {
    start: (deliver) => deliver([hook, hooked(1), model(1)]),
    close() {}
  }
  const lastGood = createMemoryLastGood()
  const more = { ...(hooksWithinMs !== undefined && { hooksWithinMs }), restarted: false, log: silentLogger }
  return loadFirst({ source, applier, lastGood, kind: 'file', ...more })
}

test('the first set waits for a hook that was refused with an error that may pass', async () => {
  const applier = createStarved(createStarvedHooks(3))
  await firstSet(applier)
  assert.deepEqual(applier.current().refused, {})
  await applier.close()
})

test('the first set does not wait for ever for a hook that is refused again and again', async () => {
  const applier = createStarved(createStarvedHooks(Number.POSITIVE_INFINITY))
  await firstSet(applier, 1)
  assert.match(applier.current().refused['hooks/shape'] ?? '', /ABOX_HOOK_PROCESS/)
  await applier.close()
})
