import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { problemsOf } from '../../chaos/report.ts'
import type { ConsumerRow, Row } from '../../chaos/sequence.ts'

const MB = 2 ** 20

const consumer: ConsumerRow = {
  ...{ dubbo: '3.3.6', calls: 100, failed: 4, wrong: 0, slowestMs: 9, gapMs: 50, lastFailureBegunAt: 1000, allowed: 4 },
  texts: {}
}
const row: Row = {
  ...{ fault: 'a fault', seconds: 1, consumers: [consumer], begunBefore: 1000, gatewayCalls: 100, modelRequests: 100 },
  ...{
    memoryBefore: 200 * MB,
    memoryAfter: 400 * MB,
    counters: [],
    missing: [],
    silent: [],
    outcomes: [],
    notes: [],
    log: {}
  },
  problem: undefined
}

describe('a row of the chaos table', () => {
  test('passes with as many failed calls and as much memory as are allowed', () => {
    assert.deepEqual(problemsOf(row), [])
  })

  test('does not pass when a counter that has to show the fault did not grow', () => {
    assert.deepEqual(problemsOf({ ...row, silent: ['abox_x_total'] }), ['abox_x_total did not grow'])
  })

  test('does not pass when a counter that it shows has another name by now', () => {
    assert.deepEqual(problemsOf({ ...row, missing: ['abox_y_total'] }), ['abox_y_total is not in /metrics'])
  })

  test('does not pass with more than half of the memory and 100 MB on top', () => {
    const text = 'memory: 200 MB before, 401 MB after, at most 400 allowed'
    assert.deepEqual(problemsOf({ ...row, memoryAfter: 401 * MB }), [text])
  })

  test('does not pass with one failed call more than the fault may cost', () => {
    const consumers = [{ ...consumer, failed: 5 }]
    assert.deepEqual(problemsOf({ ...row, consumers }), ['3.3.6: 5 failed calls, 4 allowed'])
  })

  test('does not pass when a call failed that was not in flight', () => {
    const consumers = [{ ...consumer, lastFailureBegunAt: 1001 }]
    assert.deepEqual(problemsOf({ ...row, consumers }), ['3.3.6: a call failed that began 1 ms after the fault'])
  })

  test('passes with any number of failed calls where the fault may cost any, but with no wrong answer', () => {
    const consumers = [{ ...consumer, failed: 99, wrong: 1, allowed: undefined }]
    assert.deepEqual(problemsOf({ ...row, consumers }), ['3.3.6: 1 wrong answers'])
  })
})
