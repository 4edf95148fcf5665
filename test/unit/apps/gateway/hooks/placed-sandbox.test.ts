import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import type { Place } from '../../../../../src/apps/gateway/hooks/kept-trust.ts'
import { createPlacedSandbox, type PlacedSandbox } from '../../../../../src/apps/gateway/hooks/placed-sandbox.ts'
import type { TrustRules, VersionTrust } from '../../../../../src/apps/gateway/hooks/trust.ts'
import { HandClock, newTrust } from './trust-fixtures.ts'

const SOURCE = `
let calls = 0
export const samples = [{ call: 1 }]
export function pre(x) {
  calls++
  console.log('call ' + x)
  if (x === 'loop') for (;;);
  if (x === 'throw') throw new Error('x')
  if (x === 'large') return 'x'.repeat(2000)
  if (x === 'promise') return { then() {} }
  return calls
}`

/** A version whose isolates all live in this process; what it is about is how it goes from one to the other. */
interface Scene {
  readonly version: PlacedSandbox
  readonly trust: VersionTrust
  /** Places where it was built, in order. */
  readonly built: Place[]
  /** Of all isolates that are not disposed. */
  readonly alive: Set<Sandbox>
  /** Builds wait for this. */
  gate: Promise<void>
  /** What the next build ends with. */
  failure: AboxError | undefined
  changes: number
}

async function startScene(rules: Partial<TrustRules> = {}): Promise<Scene> {
  const trust = newTrust(new HandClock(), { promoteAfterMs: 0, ...rules })
  const built: Place[] = []
  const alive = new Set<Sandbox>()
  const make = async (place: Place): Promise<Sandbox> => {
    built.push(place)
    await scene.gate
    if (scene.failure !== undefined) throw scene.failure
    const options = { source: SOURCE, name: 'h@1', maxOutputBytes: 1000, timeoutMs: 30 }
    const sandbox = await createSandbox(options)
    alive.add(sandbox)
    const dispose = sandbox.dispose.bind(sandbox)
    return Object.assign(sandbox, {
      dispose() {
        alive.delete(sandbox)
        dispose()
      }
    })
  }
  const scene = { trust, built, alive, gate: Promise.resolve(), failure: undefined, changes: 0 } as Omit<
    Scene,
    'version'
  >
  const onChange = (): void => void scene.changes++
  const version = await createPlacedSandbox({
    label: 'h@1',
    trust,
    make,
    log: silentLogger,
    standIn: () => undefined,
    onChange
  })
  return Object.assign(scene, { version })
}

const call = (version: Sandbox, x: unknown = 1): Promise<string> => version.call('pre', [JSON.stringify(x)])
const codeOf = (error: unknown): string => AboxError.from(error).code

async function promote({ version, trust }: Scene): Promise<void> {
  // After each loss of the instance it takes more of them.
  for (let i = 0; i < 3 * 64 && trust.place() === 'sandbox'; i++) await call(version)
  await version.settled()
  assert.deepEqual([version.place, trust.place()], ['instance', 'instance'])
}

describe('a placed version', () => {
  test('moves into the instance once it has proved itself, and the old isolate is gone', async () => {
    const scene = await startScene()
    assert.equal(scene.version.place, 'sandbox')
    await promote(scene)
    assert.deepEqual(scene.built, ['sandbox', 'instance'])
    assert.equal(scene.alive.size, 1)
    assert.equal(await call(scene.version), '1', 'its state is that of a fresh isolate')
    scene.version.dispose()
    assert.equal(scene.alive.size, 0)
  })

  test('answers calls where it was while it is built elsewhere, and those that are under way end there', async () => {
    const scene = await startScene()
    const gate = Promise.withResolvers<void>()
    scene.gate = gate.promise
    for (let i = 0; i < 3; i++) await call(scene.version)
    assert.deepEqual(scene.built, ['sandbox', 'instance'])
    assert.equal(await call(scene.version), '4')
    const before = [call(scene.version), call(scene.version)]
    gate.resolve()
    await scene.version.settled()
    const after = [call(scene.version), call(scene.version)]
    assert.deepEqual(await Promise.all([...before, ...after]), ['5', '6', '1', '2'])
    scene.version.dispose()
  })

  test('loses no call and gives no error over many moves', async () => {
    const scene = await startScene({ strikes: 1000 })
    const calls: Promise<string>[] = []
    for (let i = 0; i < 10; i++) {
      await promote(scene)
      for (let n = 0; n < 20; n++) calls.push(call(scene.version))
      scene.trust.violated('as if')
      scene.version.settle()
      for (let n = 0; n < 20; n++) calls.push(call(scene.version))
    }
    const answers = await Promise.all(calls)
    assert.equal(answers.length, 400)
    await scene.version.settled()
    assert.equal(scene.alive.size, 1)
    scene.version.dispose()
  })

  for (const [x, code] of [
    ['loop', 'ABOX_HOOK_TIMEOUT'],
    ['large', 'ABOX_HOOK_RESULT']
  ] as const) {
    test(`leaves the instance at once when a call ends with ${code} for a limit`, async () => {
      const scene = await startScene()
      await promote(scene)
      const gate = Promise.withResolvers<void>()
      scene.gate = gate.promise
      // On a busy machine it may have had no time of the CPU, which is no violation.
      for (let i = 0; i < 50 && scene.trust.strikesTotal === 0; i++) {
        await assert.rejects(call(scene.version, x), (error) => codeOf(error) === code)
      }
      assert.equal(scene.version.place, undefined, 'not in the instance any more')
      assert.deepEqual([scene.trust.calls, scene.trust.strikes()], [0, 1])
      const waits = call(scene.version)
      gate.resolve()
      assert.equal(await waits, '1')
      assert.deepEqual(scene.built, ['sandbox', 'instance', 'sandbox'])
      assert.equal(scene.version.place, 'sandbox')
      assert.equal(scene.alive.size, 1)
      scene.version.dispose()
    })
  }

  test('stays in the instance when a call ends with an error that is no violation', async () => {
    const scene = await startScene()
    await promote(scene)
    await assert.rejects(call(scene.version, 'throw'), /ABOX_HOOK_THROW/)
    await assert.rejects(call(scene.version, 'promise'), /ABOX_HOOK_RESULT/)
    await assert.rejects(scene.version.call('none', []), /ABOX_HOOK_MISSING/)
    assert.deepEqual([scene.version.place, scene.trust.strikes()], ['instance', 0])
    scene.version.dispose()
  })

  test('that fails at every call is not moved into the instance', async () => {
    const scene = await startScene()
    for (let i = 0; i < 10; i++) await assert.rejects(call(scene.version, 'throw'), /ABOX_HOOK_THROW/)
    await scene.version.settled()
    assert.deepEqual([scene.version.place, scene.built], ['sandbox', ['sandbox']])
    scene.version.dispose()
  })

  test('stays in the sandbox process when it cannot be built in the instance, and counts from zero', async () => {
    const scene = await startScene()
    const { sandboxErrors } = await import('#lib/sandbox')
    scene.failure = new AboxError(sandboxErrors.ABOX_HOOK_TIMEOUT, 'its sample loops')
    for (let i = 0; i < 3; i++) await call(scene.version)
    await scene.version.settled()
    assert.deepEqual([scene.version.place, scene.trust.place(), scene.trust.calls], ['sandbox', 'sandbox', 0])
    scene.failure = undefined
    await promote(scene)
    scene.version.dispose()
  })

  test('tells its waiting calls why it could not be brought out of the instance, and the next one tries again', async () => {
    const scene = await startScene()
    const { sandboxErrors } = await import('#lib/sandbox')
    await promote(scene)
    scene.failure = new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, 'no process')
    await assert.rejects(call(scene.version, 'large'), /ABOX_HOOK_RESULT/)
    await assert.rejects(call(scene.version), /ABOX_HOOK_PROCESS: no process/)
    scene.failure = undefined
    assert.equal(await call(scene.version), '1')
    scene.version.dispose()
  })

  test('a promotion that a violation overtakes does not take place', async () => {
    const scene = await startScene()
    const gate = Promise.withResolvers<void>()
    scene.gate = gate.promise
    for (let i = 0; i < 3; i++) await call(scene.version)
    await assert.rejects(call(scene.version, 'large'), /ABOX_HOOK_RESULT/)
    gate.resolve()
    await scene.version.settled()
    assert.deepEqual([scene.version.place, scene.alive.size], ['sandbox', 1])
    scene.version.dispose()
  })

  test('takes calls that wait out of the instance with it; those that its isolate has begun end as they do', async () => {
    const scene = await startScene()
    await promote(scene)
    // 32 of them are one batch.
    const calls = ['large', ...Array.from({ length: 39 }, () => 1)].map((x) => call(scene.version, x))
    const [first, ...others] = await Promise.allSettled(calls)
    assert.equal(first?.status, 'rejected')
    const answers = others.map((end) => (end.status === 'fulfilled' ? Number(end.value) : codeOf(end.reason)))
    assert.deepEqual(
      answers.slice(0, 31),
      Array.from({ length: 31 }, (_, i) => i + 2)
    )
    assert.deepEqual(answers.slice(31), [1, 2, 3, 4, 5, 6, 7, 8], 'in a fresh isolate')
    assert.deepEqual(scene.built.slice(0, 3), ['sandbox', 'instance', 'sandbox'])
    scene.version.dispose()
  })

  for (const placement of ['instance', 'sandbox'] as const) {
    test(`that is disabled in the ${placement} begins none of the calls that wait, until it is enabled`, async () => {
      const scene = await startScene({ placement, strikes: 2 })
      const calls = Array.from({ length: 40 }, () => call(scene.version, 'large'))
      const ends = await Promise.allSettled(calls)
      const codes = ends.map((end) => (end.status === 'rejected' ? codeOf(end.reason) : end.value))
      assert.deepEqual(codes.slice(0, 2), ['ABOX_HOOK_RESULT', 'ABOX_HOOK_RESULT'])
      assert.deepEqual(new Set(codes.slice(32)), new Set(['ABOX_HOOK_DISABLED']))
      await assert.rejects(call(scene.version), /ABOX_HOOK_DISABLED: hook h@1 is disabled since /)
      assert.equal(scene.alive.size, 0)
      scene.trust.enable()
      scene.version.settle()
      assert.equal(await call(scene.version), '1')
      assert.equal(scene.alive.size, 1)
      scene.version.dispose()
    })
  }

  test('keeps the log lines of isolates that it has left', async () => {
    const scene = await startScene()
    await promote(scene)
    await call(scene.version, 'last')
    assert.deepEqual(scene.version.takeLogs(), ['call 1', 'call 1', 'call 1', 'call last'])
    assert.deepEqual(scene.version.takeLogs(), [])
    assert.equal(scene.version.stats().calls, 4)
    scene.version.dispose()
    await assert.rejects(call(scene.version), /ABOX_HOOK_DISPOSED/)
  })

  test('tells that it is disabled and when it moved', async () => {
    const scene = await startScene({ strikes: 2 })
    await promote(scene)
    const before = scene.changes
    await assert.rejects(call(scene.version, 'large'), /ABOX_HOOK_RESULT/)
    await assert.rejects(call(scene.version, 'large'), /ABOX_HOOK_RESULT/)
    assert.match(scene.trust.disabled?.why ?? '', /^2 violations .*ABOX_HOOK_RESULT: h@1:4: the result of pre\(\)/)
    assert.ok(scene.changes >= before + 3, 'two strikes and one move')
    scene.version.dispose()
  })
})
