import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZookeeperSession } from '#lib/zookeeper'
import { createZookeeperSource } from '../../../../../src/apps/gateway/documents/zookeeper-source.ts'

type Nodes = ReadonlyMap<string, Buffer>

/** A session whose trees are there at once, or never. */
const sessionWith = (there: boolean): ZookeeperSession =>
  ({
    watchTree(_path: string, onChange: (nodes: Nodes) => void) {
      if (there) onChange(new Map())
      return { remove: () => {} }
    }
  }) as Partial<ZookeeperSession> as ZookeeperSession

/** A timer of as many ms as that of `start`, and made after it: so it is over later. */
const oneMs = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

test('a first set that has come in time is applied to its end, however long that takes', async () => {
  const source = createZookeeperSource(sessionWith(true), '/abox')
  let applied = false
  await source.start(async () => {
    await oneMs()
    await oneMs()
    applied = true
  }, 1)
  assert.ok(applied)
  await source.close()
})

test('a first set that does not come is not waited for any longer', async () => {
  const source = createZookeeperSource(sessionWith(false), '/abox')
  await source.start(() => Promise.reject(new Error('no delivery')), 1)
  await source.close()
})

test('while a set is applied only the newest of those that come is kept for later', async () => {
  const changes = new Map<string, (nodes: Nodes) => void>()
  const session: Partial<ZookeeperSession> = {
    watchTree(path, onChange) {
      changes.set(path, onChange)
      onChange(new Map())
      return { remove: () => {} } as ReturnType<ZookeeperSession['watchTree']>
    }
  }
  const source = createZookeeperSource(session as ZookeeperSession, '/abox')
  const delivered: string[] = []
  const gates: (() => void)[] = []
  const first = source.start((documents) => {
    delivered.push(documents.map(({ text }) => text).join())
    return new Promise((resolve) => gates.push(resolve))
  }, 1000)
  for (const text of ['1', '2', '3']) changes.get('/abox/models')?.(new Map([['rank', Buffer.from(text)]]))
  gates.shift()?.()
  await oneMs()
  assert.deepEqual(delivered, ['', '3'])
  gates.shift()?.()
  await first
  changes.get('/abox/models')?.(new Map([['rank', Buffer.from('4')]]))
  assert.deepEqual(delivered, ['', '3', '4'])
  gates.shift()?.()
  await source.close()
})
