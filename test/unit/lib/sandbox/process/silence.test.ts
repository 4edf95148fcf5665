import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeSilence } from '../../../../../src/lib/sandbox/process/silence.ts'

describe('silence of the sandbox process', () => {
  it('means nothing before the limit', () => assert.equal(judgeSilence(299, 300, 299), 'wait'))

  it('means a loop when half of the limit went by on a CPU', () => {
    assert.equal(judgeSilence(300, 300, 150), 'hung')
    assert.equal(judgeSilence(3000, 300, 150), 'hung')
  })

  it('is waited for ten times as long without that, and blames nobody then', () => {
    assert.equal(judgeSilence(300, 300, 149), 'wait')
    assert.equal(judgeSilence(2999, 300, 149), 'wait')
    assert.equal(judgeSilence(3000, 300, 149), 'starved')
  })

  it('means a loop where the system does not tell the time on a CPU', () =>
    assert.equal(judgeSilence(300, 300, Number.POSITIVE_INFINITY), 'hung'))
})
