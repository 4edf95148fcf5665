import { AboxError } from '#core/errors'
import { decodeValue, HessianScan, type HessianValue, HObject } from '#lib/hessian2'
import { dubboErrors } from './errors.ts'
import { HEADER_BYTES } from './frame.ts'
import { RESULT_EXCEPTION, RESULT_NULL, WITH_ATTACHMENTS } from './result.ts'
import { STATUS, statusName } from './status.ts'

/** What a provider answered. An exception of the method is a result too: the call itself worked. */
export interface DubboResult {
  /** `null` also when there is an exception. */
  readonly value: HessianValue
  readonly exception: DubboException | undefined
  /** Scalar values as text. */
  readonly attachments: ReadonlyMap<string, string>
}

export interface DubboException {
  readonly className: string
  readonly message: string | undefined
  /** All fields by name, those of Throwable included; `cause` often refers back to the exception. */
  readonly fields: ReadonlyMap<string, HessianValue>
}

/**
 * Reads a whole response frame (result.ts has its grammar). `what` names the call in messages. Throws
 * ABOX_DUBBO_STATUS for a status other than 20 and ABOX_DUBBO_REPLY for what cannot be understood.
 */
export function decodeReply(frame: Buffer, what: string): DubboResult {
  const status = frame[3] as number
  if (status !== STATUS.OK) {
    const detail = `${what}: found status ${statusName(status)}, expected 20 OK: ${statusText(frame)}`
    throw new AboxError(dubboErrors.ABOX_DUBBO_STATUS, detail)
  }
  try {
    return readResult(new HessianScan(frame, HEADER_BYTES, frame.length))
  } catch (thrown) {
    const error = AboxError.from(thrown)
    throw new AboxError(dubboErrors.ABOX_DUBBO_REPLY, `${what}: ${error.message}`, { cause: error })
  }
}

function readResult(scan: HessianScan): DubboResult {
  const flag = scan.readInt()
  if (flag < RESULT_EXCEPTION || flag > RESULT_NULL + WITH_ATTACHMENTS) {
    throw new AboxError(dubboErrors.ABOX_DUBBO_REPLY, `result flag: found ${flag}, expected 0 to 5`)
  }
  const kind = flag % WITH_ATTACHMENTS
  const value = kind === RESULT_NULL ? null : decodeValue(scan, scan.skip())
  const attachments = new Map<string, string>()
  if (flag >= WITH_ATTACHMENTS && scan.enterMap()) {
    while (!scan.atEnd()) {
      const key = scan.readText()
      const text = scan.readText()
      if (key !== undefined && text !== undefined) attachments.set(key, text)
    }
  }
  if (kind !== RESULT_EXCEPTION) return { value, exception: undefined, attachments }
  return { value: null, exception: exceptionOf(value), attachments }
}

function exceptionOf(value: HessianValue): DubboException {
  if (!(value instanceof HObject)) {
    throw new AboxError(
      dubboErrors.ABOX_DUBBO_REPLY,
      'exception: found a value that is no object, expected a Throwable'
    )
  }
  const fields = new Map(value.names.map((name, i) => [name, value.values[i] as HessianValue]))
  const message = fields.get('detailMessage')
  return { className: value.className, message: typeof message === 'string' ? message : undefined, fields }
}

/** Text of the provider, or why there is none; it may come in a serialization that we do not read. */
function statusText(frame: Buffer): string {
  try {
    return new HessianScan(frame, HEADER_BYTES, frame.length).readString()
  } catch {
    return `(${frame.length - HEADER_BYTES} bytes that are no hessian2 string)`
  }
}
