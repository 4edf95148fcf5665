import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AboxError } from '#core/errors'
import { sandboxErrors, type ThrownInside } from '#lib/sandbox'
import { FrameCutter, FrameWriter } from '../../../../../src/lib/sandbox/process/codec.ts'
import { errorOf, readFailed, writeFailed } from '../../../../../src/lib/sandbox/process/messages.ts'

function overTheWire(error: AboxError): AboxError {
  const writer = new FrameWriter()
  writeFailed(writer, 7, error)
  let read: AboxError | undefined
  new FrameCutter().push(writer.take(), (reader) => {
    assert.deepEqual([reader.number(), reader.number()], [3, 7])
    read = readFailed(reader)
    assert.ok(reader.done)
  })
  assert.ok(read !== undefined)
  return read
}

describe('errors of the sandbox process', () => {
  it('are the same on the other side, with what was thrown inside', () => {
    const cause: ThrownInside = { function: 'pre', name: 'TypeError', message: 'é 中', line: 3, column: 9 }
    const error = new AboxError(sandboxErrors.ABOX_HOOK_THROW, 'h@1:3:9: pre() threw TypeError: é 中', { cause })
    assert.deepEqual(overTheWire(error), error)
  })

  it('keep that a line is unknown', () => {
    const cause: ThrownInside = { function: 'f', name: '', message: '1', line: undefined, column: undefined }
    const error = new AboxError(sandboxErrors.ABOX_HOOK_THROW, 'h: f() threw 1', { cause })
    assert.deepEqual(overTheWire(error).cause, cause)
  })

  it('keep code and text when nothing was thrown inside', () => {
    const error = new AboxError(sandboxErrors.ABOX_HOOK_MEMORY, 'h: f() needed more than 8 MB')
    assert.deepEqual(overTheWire(error), error)
    assert.equal(overTheWire(AboxError.from(new Error('x'))).message, 'ABOX_INTERNAL: x')
  })

  it('are refused when their code is none, or the name of something else', () => {
    for (const code of ['ABOX_X', '', 'toString', '__proto__']) {
      assert.throws(() => errorOf(code, 'x'), { code: 'ABOX_HOOK_PROCESS' })
    }
  })
})
