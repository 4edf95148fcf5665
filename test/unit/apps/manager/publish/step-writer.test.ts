import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import type { Change, Leadership, ZookeeperSession } from '#lib/zookeeper'
import { StepWriter } from '../../../../../src/apps/manager/publish/step-writer.ts'
import type { Step } from '../../../../../src/apps/manager/publish/steps.ts'
import { zookeeperErrors } from '../../../../../src/lib/zookeeper/errors.ts'

/** Too large for two of them to go out in one transaction. */
const LARGE = Buffer.alloc(140 * 1024)
const stepsOf = (count: number): Step[] =>
  Array.from({ length: count }, (_, index) => ({
    place: `models/m${index}`,
    wanted: { generation: 1, data: LARGE, businessGroup: '', changedAt: 0 },
    found: undefined
  }))

/** A writer at a ZooKeeper that refuses some paths, and how many transactions it was sent. */
function createWorld(isRefused: (path: string) => boolean) {
  const world = { sent: 0, warned: [] as string[] }
  const refuse = (changes: readonly Change[]): void => {
    const bad = changes.find(({ path }) => isRefused(path))
    if (bad !== undefined) throw new AboxError(zookeeperErrors.ABOX_ZK_REFUSED, `${bad.path} is refused here`)
  }
  const zookeeper: Pick<ZookeeperSession, 'children' | 'transact'> = {
    children: async () => [],
    transact: async (changes) => refuse(changes)
  }
  const leadership: Pick<Leadership, 'write'> = {
    async write(changes) {
      world.sent++
      refuse(changes)
    }
  }
  const writer = new StepWriter({
    root: '/abox/dev',
    environment: 'dev',
    zookeeper,
    log: { ...silentLogger, warn: (_fields, message) => void world.warned.push(message) }
  })
  const write = async (steps: readonly Step[]): Promise<string[]> => {
    const done: string[] = []
    await writer.write(leadership as Leadership, writer.due(steps), ({ place }) => done.push(place))
    return done
  }
  return Object.assign(world, { writer, write })
}

test('as many large documents as there are are written at once, and nothing is told', async () => {
  const world = createWorld(() => false)
  const steps = stepsOf(300)
  assert.deepEqual(
    await world.write(steps),
    steps.map(({ place }) => place)
  )
  assert.deepEqual([world.sent, world.writer.unwritten.size, world.warned], [300, 0, []])
})

test('of large documents that are all refused a hundred are tried one by one, and then only these again, in turn', async () => {
  let isOver = false
  const world = createWorld(() => !isOver)
  const steps = stepsOf(250)
  assert.deepEqual(await world.write(steps), [])
  assert.equal(world.writer.unwritten.size, 250)
  isOver = true
  world.sent = 0
  assert.equal((await world.write(steps)).length, 100)
  assert.deepEqual([world.sent, world.writer.unwritten.size], [100, 150])
})

test('one large document that is refused holds up none of the others', async () => {
  const world = createWorld((path) => path.endsWith('/m7'))
  const steps = stepsOf(150)
  assert.equal((await world.write(steps)).length, 149)
  assert.deepEqual([...world.writer.unwritten.keys()], ['models/m7'])
  assert.deepEqual(world.warned, ['left out'])
})
