import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeMetrics } from '../../../../src/apps/gateway/metrics.ts'

test('the texts of several instances become one in which each metric is described once', () => {
  const text = (instance: string): string =>
    `# HELP a_total A.\n# TYPE a_total counter\na_total{instance="${instance}"} 1\n\n# HELP b B.\n# TYPE b gauge\nb{instance="${instance}"} 2\n`
  assert.equal(
    mergeMetrics([text('x'), text('y')]),
    '# HELP a_total A.\n# TYPE a_total counter\na_total{instance="x"} 1\na_total{instance="y"} 1\n\n' +
      '# HELP b B.\n# TYPE b gauge\nb{instance="x"} 2\nb{instance="y"} 2\n'
  )
})
