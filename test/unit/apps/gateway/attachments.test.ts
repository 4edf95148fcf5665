import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Invocation } from '#lib/dubbo'
import {
  callerOf,
  createTraceIds,
  requestHeaders,
  timeoutOf,
  traceIdOf
} from '../../../../src/apps/gateway/attachments.ts'

const invocation = (attachments: Record<string, string>): Invocation =>
  ({ attachments: new Map(Object.entries(attachments)) }) as unknown as Invocation

test('what is left of a chain of calls wins over the plain time-out', () => {
  assert.equal(timeoutOf(invocation({ timeout: '3000', _TO: '120' })), 120)
  assert.equal(timeoutOf(invocation({ timeout: '3000' })), 3000)
  assert.equal(timeoutOf(invocation({})), undefined)
})

test('a time-out that is no positive number is no time-out', () => {
  for (const timeout of ['', 'abc', '-5', '0', 'NaN', 'Infinity', '1500.5'])
    assert.equal(timeoutOf(invocation({ timeout })), undefined)
})

test('nothing left of a chain of calls means dead on arrival, and nobody waits longer than ten minutes', () => {
  assert.equal(timeoutOf(invocation({ _TO: '0', timeout: '3000' })), 0)
  assert.equal(timeoutOf(invocation({ _TO: '-20' })), 0)
  assert.equal(timeoutOf(invocation({ timeout: '3600000' })), 600_000)
})

test('the caller is the application attachment, cut', () => {
  assert.equal(callerOf(invocation({ 'remote.application': 'shop' })), 'shop')
  assert.equal(callerOf(invocation({ 'remote.application': '' })), undefined)
  assert.equal(callerOf(invocation({ 'remote.application': 'x'.repeat(500) }))?.length, 128)
})

test('the trace id comes from traceparent, then traceid; what is neither is left out', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  assert.equal(traceIdOf(invocation({ traceparent: `00-${trace}-b7ad6b7169203331-01`, traceid: 'x' })), trace)
  assert.equal(traceIdOf(invocation({ traceid: 'abc-123' })), 'abc-123')
  assert.equal(traceIdOf(invocation({ traceid: 'a\r\nb', traceparent: 'junk' })), undefined)
})

test('made trace ids are 32 hex digits and all different', () => {
  const next = createTraceIds(Math.random)
  const ids = new Set(Array.from({ length: 1000 }, next))
  assert.equal(ids.size, 1000)
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/)
})

test('a traceparent with a line break never becomes a header', () => {
  const headers = requestHeaders(['a', 'b'], invocation({ traceparent: 'x\r\ny: z' }), 'id', 250)
  assert.deepEqual(headers, ['a', 'b', 'x-request-id', 'id', 'x-request-timeout-ms', '250'])
})
