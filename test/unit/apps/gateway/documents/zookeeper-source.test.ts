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
