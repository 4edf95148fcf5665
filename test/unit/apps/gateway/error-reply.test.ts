import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AboxError, type ErrorRow } from '#core/errors'
import type { DubboRequest } from '#lib/dubbo'
import { hessianWriteErrors } from '#lib/hessian2'
import { createSandbox } from '#lib/sandbox'
import { Call, type Stage } from '../../../../src/apps/gateway/call.ts'
import { errorReply } from '../../../../src/apps/gateway/error-reply.ts'
import { gatewayErrors } from '../../../../src/apps/gateway/errors.ts'

const SOURCE = `
export const pre = (call) => call
export const post = (reply) => reply`

describe('the error of a hook', () => {
  const messageOf = async (row: ErrorRow, stage: Stage, detail: string, hasPost = true): Promise<string> => {
    const request = { connection: { remoteAddress: '127.0.0.1' }, requestId: Buffer.alloc(8) }
    const call = new Call(request as Partial<DubboRequest> as DubboRequest, 0, 0)
    const sandbox = await createSandbox({ source: SOURCE, name: 'h@1' })
    const version = { sandbox, label: 'h@1', hasPre: true, hasPost }
    Object.assign(call, { stage, hook: version, traceId: '' })
    try {
      return errorReply(call, new AboxError(row, detail)).toString('latin1')
    } finally {
      sandbox.dispose()
    }
  }

  test('names version and line also where its result is found to be wrong later', async () => {
    const [type, request] = [hessianWriteErrors.ABOX_ANSWER_TYPE, gatewayErrors.ABOX_HOOK_REQUEST]
    assert.match(await messageOf(type, 'post', 'found x'), /ABOX_ANSWER_TYPE: h@1:3: found x/)
    assert.match(await messageOf(request, 'pre', 'pre returned 1'), /ABOX_HOOK_REQUEST: h@1:2: pre returned 1/)
  })

  test('names them once', async () => {
    const detail = 'h@1:9:4: post() threw no'
    assert.match(await messageOf(gatewayErrors.ABOX_HOOK_EXCEPTION, 'post', detail), /EXCEPTION: h@1:9:4: post/)
  })

  test('is not one where the model’s own answer is wrong', async () => {
    const message = await messageOf(hessianWriteErrors.ABOX_ANSWER_TYPE, 'post', 'found x', false)
    assert.match(message, /ABOX_ANSWER_TYPE: found x/)
  })
})
