import { AboxError } from '#core/errors'
import { DEFAULT_PAYLOAD_BYTES, type Invocation, nullResult, ResultWriter } from '#lib/dubbo'
import { decodeValue, encodeValue, writeJsonAs } from '#lib/hessian2'
import { JsonReader, type LargeOutline } from '#lib/json'
import { findLargeResult, findResult } from '#lib/model-protocols'
import { formFor } from './answer-form.ts'
import type { Call } from './call.ts'
import { gatewayErrors } from './errors.ts'
import { hookException, isHookException } from './hook-exception.ts'
import { ANSWER_SLICE_BYTES, bytesOf, outlineOf, writeLargeAnswer } from './large-answer.ts'
import { LARGE_BODY_BYTES } from './large-body.ts'
import type { Route, VariantTarget } from './routing-table.ts'
import type { Slices } from './turns.ts'

/** Stage 9: JSON to a Hessian result frame, written by the method's declared Java type. One per instance. */
export interface Answers {
  /** `$echo` answers its argument. */
  echo(call: Call, invocation: Invocation): Buffer
  /** No post hook: the place in the model's answer that the route or the protocol names. */
  fromModel(call: Call, invocation: Invocation, route: Route, variant: VariantTarget, body: Buffer): Buffer
  /** What the post hook returned, as JSON. */
  fromHook(call: Call, invocation: Invocation, route: Route, text: string | Buffer): Buffer
  /** `fromModel` of an answer that is large, by its complete outline. */
  fromLargeModel(
    call: Call,
    invocation: Invocation,
    route: Route,
    variant: VariantTarget,
    outline: LargeOutline
  ): Slices<Buffer>
  /** `fromHook` of a text of more than LARGE_BODY_BYTES. */
  fromLargeHook(call: Call, invocation: Invocation, route: Route, text: string | Buffer): Slices<Buffer>
}

/** A probe needs no route and is built as objects, so it stays small. */
const MAX_ECHO_BYTES = 64 * 1024

/**
 * All small answers of an instance are made in one buffer, one after the other; each large one has its own. The body of
 * an answer may have `maxBytes`, which is what consumers accept: more is ABOX_ANSWER_TOO_LARGE.
 */
export function createAnswers(maxBytes: number = DEFAULT_PAYLOAD_BYTES): Answers {
  const results = new ResultWriter(maxBytes)

  const write = (call: Call, invocation: Invocation, route: Route, reader: JsonReader): Buffer => {
    const writer = results.begin(call.request.requestId, attachmentsFor(call, invocation))
    writeJsonAs(reader, route.returns, writer, formFor(invocation))
    return results.end()
  }

  function* writeLarge(
    call: Call,
    invocation: Invocation,
    route: Route,
    outline: LargeOutline,
    reader: JsonReader
  ): Slices<Buffer> {
    const own = new ResultWriter(maxBytes)
    const writer = own.begin(call.request.requestId, attachmentsFor(call, invocation))
    yield* writeLargeAnswer(outline, reader, route.returns, writer, formFor(invocation))
    return own.end()
  }

  return {
    echo(call, invocation) {
      const offset = invocation.argOffsets[0]
      if (offset === undefined) return nullResult(call.request.requestId)
      if (call.request.body.length > MAX_ECHO_BYTES) {
        const found = `$echo: found a call of ${call.request.body.length} bytes`
        throw new AboxError(gatewayErrors.ABOX_ARGUMENT, `${found}, expected a probe of at most ${MAX_ECHO_BYTES}`)
      }
      encodeValue(results.begin(call.request.requestId), decodeValue(invocation.scan, offset))
      return results.end()
    },
    fromModel(call, invocation, route, variant, body) {
      if (route.returns.kind === 'void') return nullResult(call.request.requestId, attachmentsFor(call, invocation))
      return write(call, invocation, route, findResult(variant.protocol, body, route.output))
    },
    fromHook(call, invocation, route, text) {
      if (isHookException(text)) return hookException(call, invocation, route, text, attachmentsFor(call, invocation))
      if (route.returns.kind === 'void') return nullResult(call.request.requestId, attachmentsFor(call, invocation))
      return write(call, invocation, route, new JsonReader(bytesOf(text)))
    },
    *fromLargeModel(call, invocation, route, variant, outline) {
      if (route.returns.kind === 'void') return nullResult(call.request.requestId, attachmentsFor(call, invocation))
      const reader = yield* findLargeResult(variant.protocol, outline, ANSWER_SLICE_BYTES, route.output)
      return yield* writeLarge(call, invocation, route, outline, reader)
    },
    *fromLargeHook(call, invocation, route, text) {
      if (isHookException(text)) throw tooLongException(route, text)
      if (route.returns.kind === 'void') return nullResult(call.request.requestId, attachmentsFor(call, invocation))
      const outline = yield* outlineOf(text)
      return yield* writeLarge(call, invocation, route, outline, new JsonReader(outline.bytes))
    }
  }
}

/** Exceptions are written at once. */
function tooLongException(route: Route, text: string | Buffer): AboxError {
  return new AboxError(
    gatewayErrors.ABOX_HOOK_EXCEPTION,
    `method ${route.method}: found $exception of ${text.length} characters, expected at most ${LARGE_BODY_BYTES}`
  )
}

/** The trace id goes back where the protocol version allows attachments. */
const attachmentsFor = (call: Call, invocation: Invocation): ReadonlyMap<string, string> | undefined =>
  invocation.responseAttachmentsAllowed ? new Map([['traceid', call.traceId]]) : undefined
