import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MORE, type ReceiptPart } from '#contracts/receipt'
import type { Clock } from '#core/clock'
import { silentLogger } from '#core/logger'
import type { ZookeeperSession } from '#lib/zookeeper'
import type { Applied } from '../../../../src/apps/gateway/documents/applier.ts'
import type { HookState } from '../../../../src/apps/gateway/messages.ts'
import { createReceipts, type Receipts } from '../../../../src/apps/gateway/receipts.ts'
import { emptyTable } from '../../../../src/apps/gateway/routing-table.ts'
import { createReceiptReader } from '../../../../src/apps/manager/publish/receipts.ts'
import { checkData } from '../../../../src/lib/zookeeper/address.ts'
import { chance } from '../../../harness/fuzz/chance.ts'

const applied = (generations: Record<string, number>, refused: Record<string, string> = {}): Applied => ({
  table: emptyTable,
  applied: generations,
  refused
})
const numbered = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`models/model-${index}`, 1]))

/** The nodes below `receipts` as ZooKeeper would have them, and how often each was written. */
interface World {
  readonly receipts: Receipts
  readonly nodes: Map<string, Buffer>
  readonly written: string[]
  /** Nodes that the log says were not written. */
  readonly told: unknown[]
  now: number
}

function createWorld(): World {
  const nodes = new Map<string, Buffer>()
  const written: string[] = []
  const told: unknown[] = []
  const session: Pick<ZookeeperSession, 'setEphemeral'> = {
    setEphemeral(path, first) {
      const [, name = ''] = path.split('/receipts/')
      const update = (data: Buffer): void => {
        if (name === '') return
        checkData(path, data)
        nodes.set(name, data)
        written.push(name)
      }
      update(first)
      return { update, created: () => Promise.resolve(), remove: async () => void nodes.delete(name) }
    }
  }
  const world = { nodes, written, told, now: 1000 }
  const log = { ...silentLogger, warn: (fields: object) => void told.push((fields as { node?: unknown }).node) }
  const clock: Clock = { monotonicMs: () => world.now, wallMs: () => world.now }
  const source = { instance: 'gw-0', epoch: 7 }
  return Object.assign(world, {
    receipts: createReceipts(session as ZookeeperSession, '/abox/dev', 'a:1', source, clock, log)
  })
}

const partsOf = ({ nodes }: World): ReceiptPart[] =>
  [...nodes.values()].map((data) => JSON.parse(data.toString('utf8')) as ReceiptPart)

test('few documents stand in one node', () => {
  const world = createWorld()
  world.receipts.write(applied({ 'models/b': 2, 'models/a': 1 }, { 'models/b': 'why' }))
  assert.deepEqual([...world.nodes.keys()], ['gw-0'])
  assert.deepEqual(partsOf(world), [
    {
      v: 2,
      instance: 'gw-0',
      epoch: 7,
      at: 1000,
      part: 0,
      parts: 1,
      applied: { 'models/a': 1, 'models/b': 2 },
      refused: { 'models/b': 'why' }
    }
  ])
})

test('an instance that runs nothing says so', () => {
  const world = createWorld()
  world.receipts.write(applied({}))
  assert.deepEqual([...world.nodes.keys()], ['gw-0'])
})

test('with 50,000 documents a change writes one small node, and what has not changed is not written', () => {
  const world = createWorld()
  const many = numbered(50_000)
  world.receipts.write(applied(many))
  const sizes = [...world.nodes.values()].map(({ length }) => length)
  assert.ok(Math.max(...sizes) < 16_384, `${Math.max(...sizes)} bytes`)
  world.written.length = 0
  world.receipts.write(applied({ ...many }))
  assert.deepEqual(world.written, [])
  world.now = 2000
  world.receipts.write(applied({ ...many, 'models/model-7': 2 }))
  assert.equal(world.written.length, 1)
  const changed = partsOf(world).filter(({ at }) => at === 2000)
  assert.deepEqual(
    changed.map((part) => part.applied['models/model-7']),
    [2]
  )
})

test('what is refused for long reasons fits into the nodes as well, in whatever script and with the longest keys', () => {
  for (const sign of ['ä', '模', '🙂', '\u0001', '"', '\ud800']) {
    const world = createWorld()
    const keys = Object.keys(numbered(512)).map((key) => key.padEnd(520, 'x'))
    const generations = Object.fromEntries(keys.map((key) => [key, 1]))
    const reasonOf = (key: string): string => `${key.slice(0, 100)} ${sign.repeat(10_000)}`
    world.receipts.write(applied(generations, Object.fromEntries(keys.map((key) => [key, reasonOf(key)]))))
    assert.deepEqual(world.told, [])
    const reasons = partsOf(world).flatMap(({ refused }) => Object.entries(refused))
    assert.equal(reasons.length, keys.length)
    for (const [key, reason] of reasons) {
      assert.ok(reason.length > 101 && reasonOf(key).startsWith(reason), reason)
    }
  }
})

test('a part that cannot be written is told once, and no other part is lost because of it', () => {
  const world = createWorld()
  const names = Object.keys(numbered(600))
  const all = (generation: number): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, generation]))
  // Nobody's rule: names that do not fit into a node of ZooKeeper, whatever is cut.
  const tooLong = `models/${'x'.repeat(600_000)}`
  world.receipts.write(applied(all(1)))
  world.receipts.write(applied({ ...all(2), [tooLong]: 1 }))
  const [node] = world.told
  world.receipts.write(applied({ ...all(3), [tooLong]: 2 }))
  assert.deepEqual(world.told, [node])
  for (const [name, data] of world.nodes) {
    const { applied: found } = JSON.parse(data.toString('utf8')) as ReceiptPart
    assert.deepEqual([...new Set(Object.values(found))], [name === node ? 1 : 3], name)
  }
  world.receipts.write(applied(all(4)))
  assert.deepEqual([...new Set(partsOf(world).flatMap((part) => Object.values(part.applied)))], [4])
  world.receipts.write(applied({ ...all(4), [tooLong]: 1 }))
  assert.deepEqual(world.told, [node, node], 'it had been well in between')
})

test('of many versions of hooks that are disabled it names some, and says how many more there are', () => {
  const world = createWorld()
  const hooks = Array.from({ length: 3000 }, (_, index) => {
    return { hook: `hook-${index}`, version: 'abc', disabled: { at: 0, why: '模'.repeat(10_000) } } as HookState
  })
  world.receipts.write(applied(numbered(256), {}), hooks)
  assert.deepEqual(world.told, [])
  const [part] = partsOf(world)
  const { [MORE]: more, ...named } = part?.disabled ?? {}
  const count = Object.keys(named).length
  assert.ok(count > 0 && Object.keys(named).every((version) => /^hook-\d+@abc$/.test(version)))
  assert.match(named['hook-0@abc'] ?? '', /^since 1970-01-01T00:00:00.000Z: 模+$/)
  assert.equal(Number.parseInt(more ?? '', 10), 3000 - count)
})

test('that a hook version is disabled is written at once, and taken back', () => {
  const world = createWorld()
  const many = numbered(1000)
  world.receipts.write(applied(many))
  world.written.length = 0
  const hook = { hook: 'rank', version: 'abc', disabled: { at: 0, why: 'too slow' } } as HookState
  const disabledNow = (): unknown => partsOf(world).map(({ disabled }) => disabled ?? {})
  world.receipts.write(applied(many), [hook])
  assert.deepEqual(world.written, ['gw-0'])
  assert.deepEqual(disabledNow(), [{}, {}, {}, { 'rank@abc': 'since 1970-01-01T00:00:00.000Z: too slow' }])
  world.receipts.write(applied(many))
  assert.deepEqual(disabledNow(), [{}, {}, {}, {}])
})

test('whatever changes, the manager reads what the instance has said', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const below = chance(seed)
    const world = createWorld()
    const read = createReceiptReader()
    let generations: Record<string, number> = {}
    for (let round = 0; round < 30; round++) {
      const next = { ...generations }
      const refused: Record<string, string> = {}
      // Over the borders between one part and two, two and four, in both directions.
      const most = below(4) === 0 ? 600 : 20
      for (let change = below(most); change > 0; change--) {
        const key = `models/m${below(1200)}`
        if (below(3) === 0) delete next[key]
        else next[key] = (next[key] ?? 0) + 1
        if (below(30) === 0) refused[key] = `reason ${round}`
      }
      if (below(10) === 0) for (const key of Object.keys(next)) if (below(4) > 0) delete next[key]
      generations = next
      world.receipts.write(applied(generations, refused))
      const receipt = read(new Map([...world.nodes].sort(([a], [b]) => (a < b ? -1 : 1)))).get('gw-0')
      assert.deepEqual(receipt?.applied, generations, `seed ${seed}, round ${round}`)
      assert.deepEqual(receipt?.refused, refused, `seed ${seed}, round ${round}`)
      assert.equal(world.nodes.size, partsOf(world)[0]?.parts)
    }
  }
})
