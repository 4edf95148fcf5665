import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openRuntime } from '../../../../../src/apps/cli/hook/placement.ts'
import { hexOfCode } from '../../../../../src/apps/cli/hook/source.ts'
import { hookFiles, TEMPLATE_PROTOCOLS } from '../../../../../src/apps/cli/hook/template.ts'
import { testHook } from '../../../../../src/apps/cli/hook/test.ts'

describe('a hook that was just made', () => {
  for (const language of ['js', 'ts'] as const) {
    for (const protocol of TEMPLATE_PROTOCOLS) {
      test(`passes its samples and runs every line: ${language}, ${protocol}`, async () => {
        const file = `hook.${language}`
        const code = hookFiles(language, protocol)[file] ?? ''
        const digest = `sha256:${hexOfCode(code)}`
        const source = { path: file, name: 'made', label: 'made', digest, code, language }
        const report = await testHook(openRuntime('instance'), source)
        assert.deepEqual(
          report.samples.map(({ ok, steps }) => [ok, steps.length]),
          [
            [true, 2],
            [true, 2]
          ]
        )
        assert.deepEqual([report.coverage.missed, report.coverage.uncalled], [[], []])
        assert.deepEqual(report.cost?.unstable, [])
      })
    }
  }
})
