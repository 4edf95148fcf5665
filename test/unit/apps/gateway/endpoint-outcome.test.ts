import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { UpstreamError, type UpstreamReply, upstreamErrors } from '#lib/upstream'
import { checkAnswer } from '../../../../src/apps/gateway/check-answer.ts'
import { outcomeOfBody, outcomeOfError, outcomeOfReply } from '../../../../src/apps/gateway/endpoint-outcome.ts'

const reply = (status: number, contentType = 'application/json'): UpstreamReply =>
  ({ status, contentType, body: Buffer.alloc(0), attempts: 1, reused: false }) as UpstreamReply

const failure = (code: keyof typeof upstreamErrors, sent = true): unknown =>
  new UpstreamError(upstreamErrors[code], 'x', { attempts: 1, status: undefined, sent })

describe('outcome of an answer for its endpoint', () => {
  test('the model’s own answers are good, refusals of the request included', () => {
    for (const status of [200, 201, 204, 302, 400, 401, 404, 413, 422])
      assert.equal(outcomeOfReply(reply(status)), 'ok')
  })

  test('5xx, 429 and 408 count against it', () => {
    for (const status of [408, 429, 500, 502, 503, 504]) assert.equal(outcomeOfReply(reply(status)), 'upstream')
  })

  test('a page for people with status 200 counts against it', () => {
    assert.equal(outcomeOfReply(reply(200, 'text/html; charset=utf-8')), 'upstream')
    assert.equal(outcomeOfReply(reply(404, 'text/html')), 'ok')
  })
})

describe('outcome of the body of a good answer for its endpoint', () => {
  const outcomeOf = (text: string, contentType = 'application/json'): string => {
    try {
      checkAnswer('tensorflow', { ...reply(200, contentType), body: Buffer.from(text) })
    } catch (error) {
      return outcomeOfBody(error)
    }
    return 'passed'
  }

  test('cut anywhere, followed by something, empty, or another language: it counts against it', () => {
    const whole = '{"predictions":[[0.5,"é"]]}'
    assert.equal(outcomeOf(whole), 'passed')
    const bytes = Buffer.from(whole)
    for (let length = 0; length < bytes.length; length++)
      assert.equal(outcomeOf(bytes.toString('latin1', 0, length)), 'upstream', `${length} bytes`)
    for (const text of [`${whole}x`, ' ', 'OK', '<html></html>']) assert.equal(outcomeOf(text), 'upstream')
    assert.equal(outcomeOf(whole, 'text/html'), 'upstream')
  })

  test('what is JSON is the model’s own, whatever it says', () => {
    assert.equal(outcomeOf('{"error":"no such signature"}'), 'ok')
    assert.equal(outcomeOf('['.repeat(300) + ']'.repeat(300)), 'ok')
    assert.equal(outcomeOf('{}'), 'passed', 'the result is looked for later')
  })

  test('a defect of ours says nothing', () => {
    assert.equal(outcomeOfBody(new TypeError('x')), 'none')
  })
})

describe('outcome of a failure for its endpoint', () => {
  const EXPECTED: Readonly<Partial<Record<keyof typeof upstreamErrors, string>>> = {
    ABOX_UPSTREAM_CONNECT: 'local',
    ABOX_UPSTREAM_RESET: 'local',
    ABOX_UPSTREAM_TRUNCATED: 'upstream',
    ABOX_UPSTREAM_PROTOCOL: 'upstream',
    ABOX_UPSTREAM_TIMEOUT: 'upstream'
  }

  test('each code of lib/upstream has its outcome; those not named say nothing', () => {
    for (const code of Object.keys(upstreamErrors) as (keyof typeof upstreamErrors)[]) {
      assert.equal(outcomeOfError(failure(code), 3000, 3000, undefined), EXPECTED[code] ?? 'none', code)
    }
    assert.equal(outcomeOfError(new Error('a defect'), 3000, 3000, undefined), 'none')
  })

  test('a time-out counts from half of the route’s time-out on', () => {
    const timeout = failure('ABOX_UPSTREAM_TIMEOUT')
    assert.equal(outcomeOfError(timeout, 1499, 3000, undefined), 'none')
    assert.equal(outcomeOfError(timeout, 1500, 3000, undefined), 'upstream')
    const unsent = failure('ABOX_UPSTREAM_TIMEOUT', false)
    assert.equal(outcomeOfError(unsent, 1500, 3000, undefined), 'local', 'no connection in time')
  })

  test('or from ten times what good answers take, so that short deadlines find an endpoint that hangs', () => {
    const timeout = failure('ABOX_UPSTREAM_TIMEOUT')
    assert.equal(outcomeOfError(timeout, 199, 3000, 20), 'none')
    assert.equal(outcomeOfError(timeout, 200, 3000, 20), 'upstream')
    assert.equal(outcomeOfError(timeout, 49, 3000, 0.5), 'none', 'but not below 50 ms')
    assert.equal(outcomeOfError(timeout, 1500, 3000, 900), 'upstream', 'and not above the half')
  })
})
