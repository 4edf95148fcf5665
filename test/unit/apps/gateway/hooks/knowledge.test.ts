import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type Logger, silentLogger } from '#core/logger'
import { type CrashFile, crashFile, keptFile } from '../../../../../src/apps/gateway/hooks/kept-trust.ts'
import { type HookKnowledge, openHookKnowledge } from '../../../../../src/apps/gateway/hooks/knowledge.ts'
import { HandClock, keyFor, RULES } from './trust-fixtures.ts'

describe('what an instance knows of its hooks', () => {
  const clock = new HandClock()
  const key = keyFor('rank')
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const open = (index: number | undefined, log: Logger = silentLogger): Promise<HookKnowledge> =>
    openHookKnowledge({ folder: join(folder, 'state'), index, rules: RULES, clock, log })
  const stateFile = (index: number): string => keptFile(join(folder, 'state'), index)

  test('is there again after a restart', async () => {
    const first = await open(0)
    for (let i = 0; i < RULES.strikes; i++) first.of(key).violated('too slow')
    first.of(keyFor('rank', 'b')).answered()
    await first.close()
    const second = await open(0)
    assert.match(second.of(key).disabled?.why ?? '', /the last: too slow/)
    assert.equal(second.of(keyFor('rank', 'b')).calls, 1)
    assert.deepEqual(
      second.ofHook('rank').map((trust) => trust.key),
      [key, keyFor('rank', 'b')]
    )
    await second.close()
  })

  test('is there after a restart under another index, whose process has written nothing yet', async () => {
    const dead = await open(0)
    dead.of(key).violated('x')
    await dead.close()
    const next = await open(2)
    assert.equal(next.of(key).strikes(), 1)
    await next.close()
  })

  test('counts a version as disabled where one instance has disabled it, until it is enabled', async () => {
    const [one, other] = [await open(0), await open(1)]
    for (let i = 0; i < RULES.strikes; i++) one.of(key).violated('x')
    await one.close()
    clock.now += 10
    other.of(key).answered()
    other.of(key).beginAnew()
    await other.close()
    const both = await open(0)
    assert.notEqual(both.of(key).disabled, undefined, 'though the other one has changed it later')
    clock.now += 10
    both.of(key).enable()
    await both.close()
    const after = await open(1)
    assert.equal(after.of(key).disabled, undefined)
    await after.close()
  })

  test('forgets the versions that ran longest ago once there are many, but none in use or that ended an instance', async () => {
    const knowledge = await open(0)
    const keys = Array.from({ length: 3000 }, (_, i) => `rank@sha256:${i.toString(16).padStart(64, '0')}`)
    const [used, crashed] = keys as [string, string]
    const first = knowledge.of(used)
    knowledge.of(crashed).crashed = { why: 'SIGSEGV', at: 7 }
    for (const each of keys) {
      clock.now += 1
      knowledge.of(each)
      knowledge.shrink((name) => name === used)
    }
    const left = knowledge.ofHook('rank')
    assert.ok(left.length <= 1000, `${left.length} are known`)
    assert.equal(knowledge.of(used), first)
    assert.notEqual(knowledge.of(crashed).crashed, undefined)
    assert.ok(left.some(({ key: name }) => name === keys.at(-1)))
    await knowledge.close()
  })

  test('is written by a spare only when it has an index', async () => {
    const spare = await open(undefined)
    spare.of(key).violated('x')
    await spare.flush()
    assert.deepEqual(readdirSync(folder), [])
    await spare.settle(3)
    await spare.close()
    assert.deepEqual(readdirSync(join(folder, 'state')), ['hooks-3.json'])
  })

  test('of a spare is what the process has kept whose place it takes', async () => {
    const spare = await open(undefined)
    const trust = spare.of(key)
    const dead = await open(0)
    for (let i = 0; i < RULES.strikes; i++) dead.of(key).violated('after the spare was made')
    await dead.close()
    await spare.settle(0)
    assert.match(trust.disabled?.why ?? '', /after the spare was made/)
    await spare.close()
  })

  test('begins anew where its file is broken, and says so', async () => {
    const first = await open(0)
    first.of(key).violated('x')
    await first.close()
    const good = readFileSync(stateFile(0), 'utf8')
    for (const broken of [
      '',
      good.slice(0, -9),
      '[]',
      good.replace('"v":1', '"v":2'),
      good.replace('sandbox', 'moon')
    ]) {
      writeFileSync(stateFile(0), broken)
      const warned: object[] = []
      const again = await open(0, { ...silentLogger, warn: (fields) => void warned.push(fields) })
      assert.equal(again.of(key).strikes(), 0)
      assert.deepEqual(
        warned.map((fields) => (fields as { file: string }).file),
        [stateFile(0)],
        broken
      )
      await again.close()
    }
  })

  test('knows the versions that have ended an instance, and writes nothing of that itself', async () => {
    const first = await open(0)
    first.of(key).answered()
    await first.close()
    const crashes: CrashFile = { v: 1, crashes: { [key]: { why: 'SIGSEGV', at: 7 } } }
    writeFileSync(crashFile(join(folder, 'state')), JSON.stringify(crashes))
    const again = await open(0)
    assert.deepEqual(again.of(key).crashed, { why: 'SIGSEGV', at: 7 })
    assert.equal(again.of(key).calls, 1)
    await again.close()
    assert.doesNotMatch(readFileSync(stateFile(0), 'utf8'), /SIGSEGV/)
  })
})
