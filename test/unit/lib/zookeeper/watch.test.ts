import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWatch, nodeData, type Watched } from '../../../../src/lib/zookeeper/watch.ts'
import { childData } from '../../../../src/lib/zookeeper/watch-tree.ts'
import { until } from '../../../harness/until.ts'
import { FakeConnection, hostOf } from './fake-connection.ts'

function start<T>(fake: FakeConnection, path: string, watched: Watched<T>, print: (value: T) => string) {
  const seen: string[] = []
  const task = createWatch(hostOf(fake), path, watched, (value) => seen.push(print(value)))
  task.poke(true)
  return { seen, task }
}
const printTree = (nodes: ReadonlyMap<string, Buffer>): string =>
  [...nodes].map(([name, data]) => `${name}=${String(data)}`).join()

test('a change whose watch was lost is found by the next full pass', async () => {
  const fake = new FakeConnection()
  fake.set('/a', 'one')
  const { seen, task } = start(fake, '/a', nodeData, String)
  await until('the first value', () => seen.length === 1)
  fake.set('/a', 'two', false)
  task.poke(true)
  await until('the second value', () => seen.length === 2)
  assert.deepEqual(seen, ['one', 'two'])
  task.stop()
})

test('a value that changes while it is read is read again', async () => {
  const fake = new FakeConnection()
  fake.set('/a', 'one')
  fake.before = (operation) => {
    if (operation === 'read' && fake.operations.length === 1) setImmediate(() => fake.set('/a', 'two'))
  }
  const { seen, task } = start(fake, '/a', nodeData, String)
  await until('both values', () => seen.length === 2)
  assert.deepEqual(seen, ['one', 'two'])
  task.stop()
})

test('a node that appears between the read and the look is not missed', async () => {
  const fake = new FakeConnection()
  fake.before = (operation) => {
    if (operation === 'look' && fake.operations.length === 2) fake.set('/a', 'one')
  }
  const { seen, task } = start(fake, '/a', nodeData, String)
  await until('the value', () => seen.length === 1)
  assert.deepEqual(seen, ['one'])
  task.stop()
})

test('a write of the same data is not delivered', async () => {
  const fake = new FakeConnection()
  fake.set('/a', 'one')
  const { seen, task } = start(fake, '/a', nodeData, String)
  await until('the first value', () => seen.length === 1)
  fake.set('/a', 'one')
  await until('it was read again', () => fake.operations.length === 2)
  fake.set('/a', 'two')
  await until('the next value', () => seen.length === 2)
  assert.deepEqual(seen, ['one', 'two'])
  task.stop()
})

test('a tree pass that fails half-way delivers nothing; the next one delivers everything', async () => {
  const fake = new FakeConnection()
  for (const path of ['/t', '/t/a', '/t/b', '/t/c']) fake.set(path, '1')
  const { seen, task } = start(fake, '/t', childData, printTree)
  await until('the first set', () => seen.length === 1)
  let failures = 0
  fake.before = (_operation, path) => {
    if (path === '/t/b' && failures++ < 3) throw new Error('fails')
  }
  for (const name of ['a', 'b', 'c']) fake.set(`/t/${name}`, '2', false)
  task.poke(true)
  await until('the second set', () => seen.length >= 2)
  assert.deepEqual(seen, ['a=1,b=1,c=1', 'a=2,b=2,c=2'])
  assert.ok(failures > 3)
  task.stop()
})

test('a full pass over an unchanged tree reads no data and delivers nothing', async () => {
  const fake = new FakeConnection()
  for (const path of ['/t', '/t/a', '/t/b']) fake.set(path, '1')
  const { seen, task } = start(fake, '/t', childData, printTree)
  await until('the first set', () => seen.length === 1)
  fake.operations.length = 0
  task.poke(true)
  await until('the pass', () => fake.operations.length === 3)
  assert.deepEqual(fake.operations, ['list /t', 'look /t/a', 'look /t/b'])
  assert.equal(seen.length, 1)
  task.stop()
})

test('a change of one child reads that child alone', async () => {
  const fake = new FakeConnection()
  for (const path of ['/t', '/t/a', '/t/b']) fake.set(path, '1')
  const { seen, task } = start(fake, '/t', childData, printTree)
  await until('the first set', () => seen.length === 1)
  fake.operations.length = 0
  fake.set('/t/b', '2')
  await until('the second set', () => seen.length === 2)
  assert.deepEqual(fake.operations, ['read /t/b'])
  task.stop()
})

test('a child that goes between the list and its read is simply not there', async () => {
  const fake = new FakeConnection()
  for (const path of ['/t', '/t/a', '/t/b']) fake.set(path, '1')
  fake.before = (operation, path) => {
    if (operation === 'read' && path === '/t/a') fake.delete('/t/a')
  }
  const { seen, task } = start(fake, '/t', childData, printTree)
  await until('the set', () => seen.length === 1)
  assert.deepEqual(seen, ['b=1'])
  task.stop()
})

test('a change during a full pass over a large tree is delivered before the pass has ended', async () => {
  const fake = new FakeConnection()
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}`)
  for (const path of ['/t', ...names.map((name) => `/t/${name}`)]) fake.set(path, '1')
  const { seen, task } = start(fake, '/t', childData, printTree)
  await until('the first set', () => seen.length === 1)
  fake.set('/t/n999', 'lost', false)
  fake.operations.length = 0
  fake.before = () => {
    if (fake.operations.length < 50) return
    fake.before = () => {}
    fake.set('/t/n998', 'seen')
  }
  task.poke(true)
  await until('the third set', () => seen.length === 3)
  assert.ok(seen[1]?.includes('n998=seen') && !seen[1].includes('lost'), 'only what a watch told of')
  assert.ok(seen[2]?.includes('n999=lost'))
  assert.ok(fake.operations.indexOf('read /t/n998') < 500)
  task.stop()
})

test('regular passes look at a thousand children each, one after the other at all; on a new connection one looks at all', async () => {
  const connect = (): FakeConnection => {
    const made = new FakeConnection()
    for (const path of ['/t', ...names.map((name) => `/t/${name}`)]) made.set(path, '1')
    return made
  }
  const names = Array.from({ length: 2500 }, (_, index) => `n${index}`)
  let fake = connect()
  const seen: number[] = []
  const host = { ...hostOf(fake), connection: () => fake.connection }
  const task = createWatch(host, '/t', childData, (nodes) => seen.push(nodes.size))
  const looks = (): string[] => fake.operations.filter((operation) => operation.startsWith('look '))
  const pass = async (count: number): Promise<Set<string>> => {
    fake.operations.length = 0
    task.poke(true)
    await until('the pass', () => looks().length >= count)
    // Nothing comes behind it.
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(looks().length, count)
    return new Set(looks())
  }
  task.poke(true)
  await until('the first set', () => seen.length === 1)
  const [first, second, third] = [await pass(1000), await pass(1000), await pass(500)]
  assert.equal(new Set([...first, ...second, ...third]).size, 2500)
  assert.deepEqual(await pass(1000), first, 'and again from the beginning')
  fake = connect()
  await pass(2500)
  assert.deepEqual(seen, [2500])
  task.stop()
})

test('a large tree whose first pass fails half-way is delivered whole', async () => {
  const fake = new FakeConnection()
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}`)
  for (const path of ['/t', ...names.map((name) => `/t/${name}`)]) fake.set(path, '1')
  let failures = 0
  fake.before = (operation) => {
    if (operation === 'read' && fake.operations.length > 600 && failures++ < 3) throw new Error('fails')
  }
  const { seen, task } = start(fake, '/t', childData, printTree)
  await until('the first set', () => seen.length > 0)
  assert.equal(seen[0]?.split(',').length, names.length)
  assert.ok(failures > 3)
  task.stop()
})
