/**
 * Answers that Java sees as a thrown exception. They are results (status 20) and are not sent again.
 *
 *   throwable := object of a class that the consumer has and that is a Throwable, with
 *                detailMessage string · cause null · stackTrace list of type [java.lang.StackTraceElement · fields of its own
 *   element   := object java.lang.StackTraceElement { declaringClass methodName fileName lineNumber }
 *
 * Exactly one element is sent: without any, hessian-lite 3.2 shows fourteen frames of its own instead. A consumer of
 * 3.2 or later takes only classes of its allow list and of the declared signature; java.lang.RuntimeException is good
 * everywhere.
 */
import { encodeValue, type HessianValue, HInt, HList, HObject } from '#lib/hessian2'
import { type Attachments, endResult, RESULT_EXCEPTION, startResult } from './result.ts'

/** The one stack frame that Java prints. */
export interface StackFrame {
  readonly declaringClass: string
  readonly methodName: string
  readonly fileName: string
  /** −1 when there is none. */
  readonly lineNumber: number
}

export interface ExceptionContent {
  /** `java.lang.RuntimeException`, or a class in the `throws` of the Java method. */
  readonly className: string
  /** What `getMessage()` returns. */
  readonly message: string | null
  /** Fields of a declared exception, beside those of every Throwable. */
  readonly fields?: Readonly<Record<string, HessianValue>>
  readonly frame: StackFrame
}

/** `attachments` only if the invocation has `responseAttachmentsAllowed`. */
export function exceptionResult(requestId: Buffer, content: ExceptionContent, attachments?: Attachments): Buffer {
  const fields = content.fields ?? {}
  const stackTrace = new HList([stackElement(content.frame)], '[java.lang.StackTraceElement')
  const names = [...Object.keys(fields), 'detailMessage', 'cause', 'stackTrace']
  const values = [...Object.values(fields), content.message, null, stackTrace]
  const writer = startResult(RESULT_EXCEPTION, attachments, 512)
  encodeValue(writer, new HObject(content.className, names, values))
  return endResult(writer, requestId, attachments)
}

/**
 * An exception by name only: consumers of 2.6 to 3.3 that called generically (provider URL with generic=true) throw
 * `exceptionClass` itself when they have that class, without it having been written as an object.
 */
export function genericExceptionResult(
  requestId: Buffer,
  content: { readonly exceptionClass: string; readonly exceptionMessage: string; readonly frame: StackFrame },
  attachments?: Attachments
): Buffer {
  const { exceptionClass, exceptionMessage, frame } = content
  return exceptionResult(
    requestId,
    {
      className: 'com.alibaba.dubbo.rpc.service.GenericException',
      message: `${exceptionClass}: ${exceptionMessage}`,
      fields: { exceptionClass, exceptionMessage },
      frame
    },
    attachments
  )
}

function stackElement({ declaringClass, methodName, fileName, lineNumber }: StackFrame): HObject {
  const names = ['declaringClass', 'methodName', 'fileName', 'lineNumber']
  return new HObject('java.lang.StackTraceElement', names, [declaringClass, methodName, fileName, new HInt(lineNumber)])
}
