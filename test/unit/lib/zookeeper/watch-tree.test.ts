import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { zookeeperErrors } from '../../../../src/lib/zookeeper/errors.ts'
import { createWatch } from '../../../../src/lib/zookeeper/watch.ts'
import { childData } from '../../../../src/lib/zookeeper/watch-tree.ts'
import { until } from '../../../harness/until.ts'
import { FakeConnection, hostOf } from './fake-connection.ts'

const printTree = (nodes: ReadonlyMap<string, Buffer>): string =>
  [...nodes].map(([name, data]) => `${name}=${String(data)}`).join()

test('where no connection lives as long as a pass takes, the last children have their turn all the same', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `n${String(index).padStart(4, '0')}`)
  let connections = 0
  /** From the second one on all nodes are other ones, and the connection is lost before a pass is over. */
  const connect = (): FakeConnection => {
    const made = new FakeConnection()
    const isFirst = connections++ === 0
    if (!isFirst) made.set('/other', '')
    for (const path of ['/t', ...names.map((name) => `/t/${name}`)]) made.set(path, isFirst ? '1' : '2')
    made.before = () => {
      if (isFirst || isSeen() || connections > 100 || made.operations.length < 350) return
      made.over = true
      if (fake === made) fake = connect()
      throw new Error('the connection was lost')
    }
    return made
  }
  let fake = connect()
  let last: ReadonlyMap<string, Buffer> = new Map()
  const isSeen = (): boolean => String(last.get('n0999')) === '2'
  const host = { ...hostOf(fake), connection: () => fake.connection }
  const task = createWatch(host, '/t', childData, (nodes) => {
    last = nodes
  })
  task.poke(true)
  await until('the first set', () => last.size === 1000)
  fake = connect()
  task.poke(true)
  await until('the last child', isSeen)
  assert.ok(connections < 100, 'while connections were lost')
  task.stop()
})

test('a child that may not be read is there without data and holds up no other one, until it may be read', async () => {
  const fake = new FakeConnection()
  for (const path of ['/t', '/t/a', '/t/b', '/t/c']) fake.set(path, '1')
  fake.before = (operation, path) => {
    if (operation === 'read' && path === '/t/b') throw new AboxError(zookeeperErrors.ABOX_ZK_DENIED, 'read /t/b')
  }
  const seen: string[] = []
  const task = createWatch(hostOf(fake), '/t', childData, (nodes) => seen.push(printTree(nodes)))
  task.poke(true)
  await until('the first set', () => seen.length === 1)
  fake.set('/t/c', '2')
  await until('the second set', () => seen.length === 2)
  fake.set('/t/b', '2')
  fake.before = () => {}
  // As by a change of the ACL alone, of which no watch tells.
  task.poke(true)
  await until('the third set', () => seen.length === 3)
  assert.deepEqual(seen, ['a=1,b=,c=1', 'a=1,b=,c=2', 'a=1,b=2,c=2'])
  task.stop()
})
