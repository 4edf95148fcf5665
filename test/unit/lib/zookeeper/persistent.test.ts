import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPersistentKeeper, type PersistentEdit } from '../../../../src/lib/zookeeper/persistent.ts'
import { until } from '../../../harness/until.ts'
import { FakeConnection, hostOf } from './fake-connection.ts'

const PATH = '/m/list'

/** Adds a name to a list with commas, unless it is there. */
const adds =
  (name: string): PersistentEdit =>
  (found = Buffer.alloc(0)) => {
    const names = found.toString().split(',').filter(Boolean)
    return names.includes(name) ? found : Buffer.from([...names, name].join(','))
  }

describe('a persistent node that is kept', () => {
  const keep = (fake: FakeConnection, edit: PersistentEdit) => {
    const keeper = createPersistentKeeper(hostOf(fake), PATH, edit, {})
    keeper.poke(true)
    return keeper
  }

  it('is made with its parents when it is not there', async () => {
    const fake = new FakeConnection()
    await keep(fake, adds('a')).written()
    assert.equal(fake.text(PATH), 'a')
  })

  it('was tried once the first try failed, though it is not written', async () => {
    let written = false
    const keeper = keep(new FakeConnection(), () => {
      throw new Error('not ours')
    })
    void keeper.written().then(
      () => (written = true),
      () => {}
    )
    await keeper.tried()
    assert.equal(written, false)
    keeper.letGo()
  })

  it('is not written when it is as wanted', async () => {
    const fake = new FakeConnection()
    fake.set(PATH, 'x,a,y')
    await keep(fake, adds('a')).written()
    assert.ok(!fake.operations.some((operation) => operation.startsWith('write')))
  })

  it('loses nothing of what another writes between its read and its write', async () => {
    const fake = new FakeConnection()
    fake.set(PATH, 'x')
    let others = 2
    const meanwhile: PersistentEdit = (found) => {
      if (others-- > 0) fake.set(PATH, `${fake.text(PATH)},other${others}`)
      return adds('a')(found)
    }
    await keep(fake, meanwhile).written()
    assert.equal(fake.text(PATH), 'x,other1,other0,a')
  })

  it('is edited again when another makes it between its read and its creation', async () => {
    const fake = new FakeConnection()
    fake.set('/m', '')
    fake.before = (operation, path) => {
      if (operation === 'create' && fake.text(path) === undefined) fake.set(path, 'other')
    }
    await keep(fake, adds('a')).written()
    assert.equal(fake.text(PATH), 'other,a')
  })

  it('is written by several keepers at the same time without losing one', async () => {
    const fake = new FakeConnection()
    const names = Array.from({ length: 20 }, (_, index) => `app-${index}`)
    await Promise.all(names.map((name) => keep(fake, adds(name)).written()))
    assert.deepEqual(fake.text(PATH)?.split(',').sort(), names.sort())
  })

  it('comes back when it is deleted and when the edit is undone', async () => {
    const fake = new FakeConnection()
    await keep(fake, adds('a')).written()
    fake.delete(PATH)
    await until('the node again', () => fake.text(PATH) === 'a')
    fake.set(PATH, 'x')
    await until('the edit again', () => fake.text(PATH) === 'x,a')
  })

  it('is left alone after it was let go', async () => {
    const fake = new FakeConnection()
    const keeper = keep(fake, adds('a'))
    await keeper.written()
    keeper.letGo()
    fake.delete(PATH)
    keeper.poke(true)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(fake.text(PATH), undefined)
  })

  it('tells who waits for it that it was let go', async () => {
    const fake = new FakeConnection()
    fake.over = true
    const keeper = keep(fake, adds('a'))
    keeper.letGo()
    await assert.rejects(keeper.written(), { code: 'ABOX_ZK_CLOSED' })
  })

  it('is written as soon as a failing server does it', async () => {
    const fake = new FakeConnection()
    let failures = 3
    fake.before = () => {
      if (failures-- > 0) throw new Error('not now')
    }
    await keep(fake, adds('a')).written()
    assert.equal(fake.text(PATH), 'a')
  })

  it('never takes more data than a node can hold', async () => {
    const fake = new FakeConnection()
    const warned: object[] = []
    const host = { ...hostOf(fake), log: { ...hostOf(fake).log, warn: (fields: object) => void warned.push(fields) } }
    const keeper = createPersistentKeeper(host, PATH, () => Buffer.alloc(600 * 1024), {})
    keeper.poke(true)
    await until('a warning', () => warned.length > 0)
    keeper.letGo()
    assert.match(JSON.stringify(warned[0]), /ABOX_ZK_TOO_LARGE: \/m\/list: found 614400 bytes/)
    assert.equal(fake.text(PATH), undefined)
  })
})
