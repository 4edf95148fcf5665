import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventKind, heartbeatReply, heartbeatRequest, readonlyEvent } from '../../../../src/lib/dubbo/events.ts'
import { goldenFrames } from './golden.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('event frames', () => {
  const golden = goldenFrames('event').filter((frame) => frame.hex !== undefined)

  it('answer the heartbeats of all Java versions with the bytes that Java answers', () => {
    const requests = golden.filter((frame) => frame.kind === 'event-request:heartbeat')
    assert.equal(requests.length, 4)
    for (const request of requests) {
      const answer = golden.find(
        ({ kind, consumer }) => kind === 'event-response:heartbeat' && consumer === request.consumer
      )
      assert.equal(eventKind(bytes(request.hex)), 'heartbeat')
      assert.equal(heartbeatReply(bytes(request.hex)).toString('hex'), answer?.hex)
    }
  })

  it('answer a heartbeat of another serialization with its own id and its own null', () => {
    for (const [name, request, answer] of [
      ['fastjson2', 'dabb f700 00000000000000ff 00000005 00000001af', 'dabb371400000000000000ff0000000500000001af'],
      ['java', 'dabb e300 00000000000000ff 00000007 aced0005770100', 'dabb231400000000000000ff00000007aced0005770100'],
      ['one byte', 'dabb f700 00000000000000ff 00000001 af', 'dabb371400000000000000ff00000001af']
    ] as const) {
      assert.equal(eventKind(bytes(request)), 'heartbeat', name)
      assert.equal(heartbeatReply(bytes(request)).toString('hex'), answer, name)
    }
  })

  it('write the heartbeat and the readonly event as Java does', () => {
    const id = bytes('e5859a1f3b74ccc4')
    assert.equal(heartbeatRequest(id).toString('hex'), 'dabbe200e5859a1f3b74ccc4000000014e')
    assert.equal(readonlyEvent(id).toString('hex'), 'dabba200e5859a1f3b74ccc4000000020152')
  })

  it('tell readonly from events that nobody knows', () => {
    assert.equal(eventKind(bytes('dabba200e5859a1f3b74ccc4000000020152')), 'readonly')
    for (const unknown of [
      'dabba200 0000000000000000 00000002 0157',
      'dabba200 0000000000000000 00000002 0158',
      'dabbb700 0000000000000000 00000001 af'
    ]) {
      assert.equal(eventKind(bytes(unknown)), 'other', unknown)
    }
  })

  it('are malformed without a body and with one that Java refuses', () => {
    assert.equal(eventKind(bytes('dabbe200 0000000000000000 00000000')), 'malformed')
    assert.equal(eventKind(bytes(`dabbf700 0000000000000000 0000000f ${'4e'.repeat(15)}`)), 'heartbeat')
    for (const flags of ['e2', 'a2', 'f7']) {
      assert.equal(eventKind(bytes(`dabb${flags}00 0000000000000000 00000010 ${'4e'.repeat(16)}`)), 'malformed')
    }
  })
})
