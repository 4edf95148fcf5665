import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CoverageProbe, createSandbox, type LineCoverage } from '#lib/sandbox'

const SOURCE = `/* a comment
   of two lines */
const table = [1, 2]
export function pre(call) {
  // only a comment
  if (call === 1) {
    return 'one'
  } else if (call === 2) {
    return 'two'
  }
  const pick = (n) => n > 5 ? 'many' : few(n)
  return pick(call)
}
function few(n) {
  return 'few' + n
}
function dead() {
  return 'never'
}
export const int64 = 'string'
`

async function coverageOf(
  calls: readonly string[],
  source = SOURCE,
  language: 'js' | 'ts' = 'js'
): Promise<LineCoverage> {
  const coverage = new CoverageProbe()
  const sandbox = await createSandbox({ source, name: 'covered', language, coverage })
  try {
    for (const call of calls) {
      await sandbox.call('pre', [call]).catch(() => undefined)
      await coverage.take()
    }
    return coverage.report()
  } finally {
    sandbox.dispose()
  }
}

describe('coverage of lines', () => {
  test('lines are those of the author’s file, and only those with code inside functions', async () => {
    const { lines } = await coverageOf(['1'])
    assert.deepEqual(lines, [4, 6, 7, 8, 9, 11, 12, 14, 15, 17, 18])
  })

  test('a branch that was not taken and a function that was not called are missed', async () => {
    const { missed, uncalled } = await coverageOf(['1'])
    assert.deepEqual(missed, [8, 9, 11, 12, 14, 15, 17, 18])
    assert.deepEqual(uncalled, ['pick', 'few', 'dead'])
  })

  test('calls add up', async () => {
    assert.deepEqual((await coverageOf(['1', '2', '3'])).missed, [17, 18])
    assert.deepEqual((await coverageOf(['3'])).missed, [7, 9, 17, 18])
  })

  test('a call that throws counts up to where it threw', async () => {
    const source = 'export function pre(call) {\n  if (call) throw new Error("x")\n  return 1\n}\n'
    assert.deepEqual((await coverageOf(['true'], source)).missed, [3])
  })

  test('types that are erased move no line', async () => {
    const source =
      'interface A {\n  a: number\n}\nexport function pre(call: A): unknown {\n  if (call.a) {\n    return 1\n  }\n  return 2\n}\n'
    assert.deepEqual(await coverageOf(['{"a":1}'], source, 'ts'), { lines: [4, 5, 6, 8], missed: [8], uncalled: [] })
  })

  test('what is being taken when the sandbox is closed is taken to its end', async () => {
    const coverage = new CoverageProbe()
    const sandbox = await createSandbox({ source: SOURCE, name: 'ended', coverage })
    await sandbox.call('pre', ['1'])
    const taken = coverage.take()
    sandbox.dispose()
    await taken
    assert.deepEqual(coverage.report().missed, [8, 9, 11, 12, 14, 15, 17, 18])
  })

  test('goes on in the isolate that replaces one which was stopped', async () => {
    const source = 'export function pre(call) {\n  if (call === 1) {\n    for (;;);\n  }\n  return 2\n}\n'
    const coverage = new CoverageProbe()
    const sandbox = await createSandbox({ source, name: 'stopped', timeoutMs: 20, coverage })
    await assert.rejects(sandbox.call('pre', ['1']), { code: 'ABOX_HOOK_TIMEOUT' })
    await sandbox.call('pre', ['2'])
    await coverage.take()
    sandbox.dispose()
    assert.deepEqual(coverage.report().missed, [3])
  })
})
