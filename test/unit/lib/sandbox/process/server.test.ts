import assert from 'node:assert/strict'
import { type Duplex, duplexPair } from 'node:stream'
import { describe, it } from 'node:test'
import { FrameWriter } from '../../../../../src/lib/sandbox/process/codec.ts'
import { serveSandboxes } from '../../../../../src/lib/sandbox/process/server.ts'

/** What becomes of the serving when these messages come. */
function serve(send: (writer: FrameWriter, channel: Duplex) => void): Promise<void> {
  const [gateway, child] = duplexPair()
  const writer = new FrameWriter()
  gateway.resume()
  send(writer, gateway)
  if (writer.size > 0) gateway.write(writer.take())
  return serveSandboxes(child)
}

describe('serving sandboxes', () => {
  it('ends when the gateway ends the channel', () => serve((_, channel) => channel.end()))

  it('ends with a code on bytes that are no frame', () =>
    assert.rejects(
      serve((_, channel) => channel.write('GET / HTTP/1.1\r\n\r\n')),
      { code: 'ABOX_HOOK_PROCESS', message: /found length/ }
    ))

  it('ends with a code on a message that it does not know', () =>
    assert.rejects(
      serve((writer) => writer.number(9)),
      { code: 'ABOX_HOOK_PROCESS', message: /found message 9/ }
    ))

  it('ends with a code on a call of a sandbox that was not made', () =>
    assert.rejects(
      serve((writer) => {
        for (const number of [2, 5, 1, 0, 0]) writer.number(number)
      }),
      { code: 'ABOX_HOOK_PROCESS', message: /sandbox 5, which was not made/ }
    ))

  it('ends with a code on options that are no JSON', () =>
    assert.rejects(
      serve((writer) => {
        for (const number of [1, 1, 1]) writer.number(number)
        writer.text('{"name":')
      }),
      { code: 'ABOX_HOOK_PROCESS', message: /expected JSON/ }
    ))
})
