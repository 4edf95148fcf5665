import assert from 'node:assert/strict'
import { basename, dirname } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '#lib/sandbox'
import { openRuntime } from '../../src/apps/cli/hook/placement.ts'
import { readHookSource } from '../../src/apps/cli/hook/source.ts'
import { testHook } from '../../src/apps/cli/hook/test.ts'

/** Calls an exported function of the hook with JSON texts. */
export type CallHook = (fn: 'pre' | 'post', ...args: readonly string[]) => Promise<string>

/**
 * What is asked of each example of udl/, with the runner of `abox hook test`; `more` declares the tests that are the
 * example's own.
 */
export function describeExample(url: URL, more: (call: CallHook) => void): void {
  const path = fileURLToPath(url)
  describe(`example ${basename(dirname(path))}`, () => {
    const runtime = openRuntime('instance')
    let report: Awaited<ReturnType<typeof testHook>>
    let sandbox: Sandbox
    before(async () => {
      const source = await readHookSource(path)
      report = await testHook(runtime, source)
      sandbox = await runtime.create(source)
    })
    after(() => sandbox.dispose())

    test('does what its samples say', () => {
      const failed = report.samples.filter(({ ok }) => !ok)
      assert.deepEqual(failed, [])
    })

    test('has three named samples or more, of which some prove pre and some post', () => {
      const { samples } = report
      assert.ok(samples.length >= 3, `found ${samples.length}`)
      assert.deepEqual(
        samples.filter(({ name }) => /^sample \d+$/.test(name)),
        []
      )
      const proved = new Set(samples.flatMap(({ steps }) => steps.map(({ fn }) => fn)))
      assert.deepEqual([...proved].sort(), ['post', 'pre'])
    })

    test('has no line that no sample runs', () => {
      assert.deepEqual([report.coverage.missed, report.coverage.uncalled], [[], []])
    })

    test('gives the same for the same call', () => assert.deepEqual(report.cost?.unstable, []))

    more((fn, ...args) => sandbox.call(fn, args))
  })
}
