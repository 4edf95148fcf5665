import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { createDiscovery, type Discovery } from '../../../../src/apps/gateway/discovery.ts'

const folder = mkdtempSync(join(tmpdir(), 'abox-discovery-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

interface Setting {
  readonly discovery: Discovery
  readonly file: string
  /** What ZooKeeper says of the watched path. */
  say(path: string, names: readonly string[]): void
  readonly watched: ReadonlyMap<string, unknown>
}

function setting(file = join(folder, `workers-${files++}.json`)): Setting {
  const watched = new Map<string, (names: readonly string[]) => void>()
  const zookeeper = {
    watchChildren: (path: string, listener: (names: readonly string[]) => void) => {
      watched.set(path, listener)
      return { remove: () => void watched.delete(path) }
    }
  }
  const discovery = createDiscovery({ zookeeper, root: '/abox/test', file, log: silentLogger })
  return { discovery, file, watched, say: (path, names) => watched.get(path)?.(names) }
}

const PATH = '/abox/test/instances/rank'

describe('discovery of workers', () => {
  test('the children of instances/<model> are origins', () => {
    const { discovery, say } = setting()
    const told: (readonly string[])[] = []
    discovery.watch('rank', (origins) => told.push(origins))
    say(PATH, ['10.0.0.1:8501', 'host-2.internal:80', '[fe80::1]:8080'])
    assert.deepEqual(told, [['http://10.0.0.1:8501', 'http://host-2.internal:80', 'http://[fe80::1]:8080']])
  })

  test('wrong names are ignored and counted', () => {
    const { discovery, say } = setting()
    const told: (readonly string[])[] = []
    discovery.watch('rank', (origins) => told.push(origins))
    const wrong = [
      '',
      'a',
      'a:',
      ':80',
      'a:0',
      'a:65536',
      'a:080',
      'a b:80',
      'u@a:80',
      'a:80:80',
      '[zz]:80',
      'http:80/x',
      '-:1'
    ]
    say(PATH, ['10.0.0.1:8501', ...wrong])
    assert.deepEqual(told, [['http://10.0.0.1:8501']])
    assert.deepEqual([...discovery.badNames()], [['rank', wrong.length]])
    say(PATH, ['10.0.0.1:8501'])
    assert.deepEqual([...discovery.badNames()], [['rank', 0]])
  })

  test('the last list that was not empty is there for a start without ZooKeeper', async () => {
    const { discovery, say, file } = setting()
    discovery.watch('rank', () => {})
    say(PATH, ['10.0.0.1:80', '10.0.0.2:80'])
    say(PATH, [])
    await discovery.close()
    const told: (readonly string[])[] = []
    setting(file).discovery.watch('rank', (origins) => told.push(origins))
    assert.deepEqual(told, [['http://10.0.0.1:80', 'http://10.0.0.2:80']])
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { rank: ['10.0.0.1:80', '10.0.0.2:80'] })
  })

  test('the lists of many models are written together, and those of models that are gone no more', async () => {
    const { discovery, say, file } = setting()
    const stops = ['rank', 'price', 'gone'].map((model) => discovery.watch(model, () => {}))
    for (const model of ['rank', 'price', 'gone']) say(`/abox/test/instances/${model}`, ['a:1'])
    assert.equal(existsSync(file), false)
    stops[2]?.()
    await discovery.close()
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { rank: ['a:1'], price: ['a:1'] })
  })

  test('a file of last lists that was damaged is no obstacle', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"rank": 7}',
      '{"rank": ["no port", 7, "/etc:passwd"]}',
      '{"rank": []}'
    ]) {
      const file = join(folder, `workers-${files++}.json`)
      writeFileSync(file, text)
      const { discovery, say } = setting(file)
      const told: (readonly string[])[] = []
      discovery.watch('rank', (origins) => told.push(origins))
      assert.deepEqual(told, [], text)
      say(PATH, ['a:1'])
      assert.deepEqual(told, [['http://a:1']], text)
    }
  })

  test('a list that cannot be written is used all the same', () => {
    const blocked = join(folder, `blocked-${files++}`)
    writeFileSync(blocked, '')
    const { discovery, say } = setting(join(blocked, 'workers.json'))
    const told: (readonly string[])[] = []
    discovery.watch('rank', (origins) => told.push(origins))
    say(PATH, ['a:1'])
    assert.deepEqual(told, [['http://a:1']])
  })

  test('a stopped watch is removed from ZooKeeper', () => {
    const { discovery, watched } = setting()
    const stop = discovery.watch('rank', () => {})
    assert.equal(watched.size, 1)
    stop()
    assert.equal(watched.size, 0)
  })
})
