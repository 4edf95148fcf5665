import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { openCrashNote } from '../../../../../src/apps/gateway/hooks/crash-note.ts'
import { crashFile, readCrashes } from '../../../../../src/apps/gateway/hooks/kept-trust.ts'
import type { HookChange } from '../../../../../src/apps/gateway/messages.ts'
import { createHookCrashes, type HookCrashes, STUCK } from '../../../../../src/apps/gateway/supervisor/hook-crashes.ts'
import { HandClock, keyFor } from '../hooks/trust-fixtures.ts'

describe('which hook has ended an instance', () => {
  const clock = new HandClock()
  const key = keyFor('rank')
  let folder = ''
  let told: HookChange[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-test-'))
    told = []
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const create = (): HookCrashes =>
    createHookCrashes({ folder, clock, log: silentLogger, tell: (change) => void told.push(change) })
  /** The note of a process in which the hook ran when it ended. */
  const died = (crashes: HookCrashes): string => {
    const path = crashes.notePath()
    const note = openCrashNote(path)
    note.runs(note.numberOf(key))
    return path
  }

  test('is known when an instance says that it cannot be stopped, told to all and kept', async () => {
    const crashes = create()
    crashes.stuck(key)
    const crash = { why: STUCK, at: clock.now }
    assert.deepEqual(told, [{ kind: 'crashed', key, crash }])
    assert.deepEqual(await readCrashes(folder, silentLogger), { [key]: crash })
    assert.equal(crashes.counts().get(key), 1)
  })

  for (const signal of ['SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGBUS', 'SIGTRAP']) {
    test(`is known after ${signal}, told to all and kept`, async () => {
      const crashes = create()
      const note = died(crashes)
      crashes.ended(note, { code: null, signal }, false)
      const crash = { why: `it ended an instance with ${signal}`, at: clock.now }
      assert.deepEqual(told, [{ kind: 'crashed', key, crash }])
      assert.deepEqual(await readCrashes(folder, silentLogger), { [key]: crash })
      assert.deepEqual([...crashes.counts()], [[key, 1]])
      assert.ok(!existsSync(note), 'the note is gone')
    })
  }

  test('is known of one that was killed because it was silent', () => {
    const crashes = create()
    crashes.ended(died(crashes), { code: null, signal: 'SIGKILL' }, true)
    assert.equal(told.length, 1)
  })

  test('is not guessed after a SIGKILL of somebody else, an ordinary end, or without a hook that ran', () => {
    const crashes = create()
    const killed = died(crashes)
    crashes.ended(killed, { code: null, signal: 'SIGKILL' }, false)
    crashes.ended(died(crashes), { code: 0, signal: null }, false)
    crashes.ended(died(crashes), { code: 1, signal: null }, false)
    crashes.ended(crashes.notePath(), { code: null, signal: 'SIGSEGV' }, false)
    assert.deepEqual(told, [])
    assert.ok(!existsSync(killed) && !existsSync(crashFile(folder)))
  })

  test('is none when its batch has ended: what fails or blocks then is the gateway itself', () => {
    const crashes = create()
    for (const [signal, hung] of [
      ['SIGSEGV', false],
      ['SIGKILL', true]
    ] as const) {
      const path = crashes.notePath()
      const note = openCrashNote(path)
      note.runs(note.numberOf(key))
      note.runs(0)
      crashes.ended(path, { code: null, signal }, hung)
    }
    assert.deepEqual(told, [])
  })

  test('adds to what an earlier supervisor has found', async () => {
    const first = create()
    first.ended(died(first), { code: null, signal: 'SIGSEGV' }, false)
    const second = create()
    await second.open()
    const path = second.notePath()
    const note = openCrashNote(path)
    note.runs(note.numberOf(keyFor('other')))
    second.ended(path, { code: null, signal: 'SIGABRT' }, false)
    assert.deepEqual(Object.keys(await readCrashes(folder, silentLogger)).sort(), [keyFor('other'), key].sort())
  })

  test('is forgotten when somebody says so, and only that one', async () => {
    const crashes = create()
    for (const each of [key, keyFor('other')]) crashes.stuck(each)
    crashes.forget(key)
    assert.deepEqual(Object.keys(await readCrashes(folder, silentLogger)), [keyFor('other')])
    crashes.forget(keyFor('unknown'))
    assert.deepEqual(Object.keys(await readCrashes(folder, silentLogger)), [keyFor('other')])
  })

  test('blames of a process that stood only the version that ran, not the one that was built beside it', () => {
    const crashes = create()
    const path = crashes.notePath()
    const note = openCrashNote(path)
    note.builds(note.numberOf(keyFor('innocent')))
    note.runs(note.numberOf(key))
    crashes.ended(path, { code: null, signal: 'SIGKILL' }, true)
    assert.deepEqual(
      told.map((change) => change.key),
      [key]
    )
  })

  test('begins anew where the file is broken', async () => {
    writeFileSync(crashFile(folder), '{"v":1,"crashes":{"x":7}}')
    const crashes = create()
    await crashes.open()
    crashes.ended(died(crashes), { code: null, signal: 'SIGSEGV' }, false)
    assert.match(readFileSync(crashFile(folder), 'utf8'), /^\{"v":1,"crashes":\{"rank@sha256:a+":\{"why"/)
  })
})
