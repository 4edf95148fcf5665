import type { Outcome } from '#contracts/call-record'
import { AboxError } from '#core/errors'
import { exceptionResult, STATUS, statusResult } from '#lib/dubbo'
import type { Call } from './call.ts'
import { hideSecrets } from './hide-secrets.ts'

/** How an error leaves: as a Java exception inside status 20, which consumers do not retry, or as a Dubbo status. */
interface Exit {
  readonly outcome: Outcome
  readonly status: number
}

const { OK, BAD_REQUEST, SERVER_TIMEOUT, SERVICE_NOT_FOUND } = STATUS

/**
 * Codes with an exit of their own; docs/errors.md holds the same table. Everything the caller may not send again for
 * nothing is status 20: Java consumers send any other status twice more by default.
 */
const EXITS: Readonly<Record<string, Exit>> = {
  ABOX_NO_ROUTE: { outcome: 'no_route', status: SERVICE_NOT_FOUND },
  ABOX_NO_MODEL: { outcome: 'no_route', status: OK },
  ABOX_NO_VARIANT: { outcome: 'bad_request', status: OK },
  ABOX_ARGUMENT: { outcome: 'bad_request', status: OK },
  ABOX_GENERIC_KIND: { outcome: 'bad_request', status: OK },
  ABOX_CALLBACK: { outcome: 'bad_request', status: OK },
  ABOX_DEADLINE: { outcome: 'deadline', status: SERVER_TIMEOUT },
  ABOX_SHED: { outcome: 'shed', status: OK },
  ABOX_LIMITED: { outcome: 'limited', status: OK },
  ABOX_HOOK_TIMEOUT: { outcome: 'hook_timeout', status: OK },
  ABOX_NO_ENDPOINT: { outcome: 'connect', status: OK },
  ABOX_UPSTREAM_BUSY: { outcome: 'shed', status: OK },
  ABOX_UPSTREAM_CONNECT: { outcome: 'connect', status: OK },
  ABOX_UPSTREAM_TIMEOUT: { outcome: 'timeout', status: OK },
  ABOX_UPSTREAM_CANCELED: { outcome: 'canceled', status: OK }
}

/** What anything else thrown in a stage means, by stage. */
function exitOf(error: AboxError, call: Call): Exit {
  const own = EXITS[error.code]
  if (own !== undefined) return own
  if (error.code === 'ABOX_INTERNAL') return { outcome: 'internal', status: OK }
  if (error.code === 'ABOX_MODEL_STATUS') {
    return { outcome: (call.httpStatus ?? 0) >= 500 ? 'upstream_5xx' : 'upstream_4xx', status: OK }
  }
  if (error.fault === 'caller') return { outcome: 'bad_request', status: isUnread(call) ? BAD_REQUEST : OK }
  if (error.fault === 'hook' || error.code.startsWith('ABOX_HOOK_')) return { outcome: 'hook_error', status: OK }
  switch (call.stage) {
    case 'frame':
    case 'admit':
    case 'invocation':
      return { outcome: 'bad_request', status: BAD_REQUEST }
    case 'pre':
      return { outcome: call.hook?.hasPre === true ? 'hook_error' : 'bad_request', status: OK }
    case 'upstream':
      return { outcome: 'bad_response', status: OK }
    case 'post':
      return { outcome: call.hook?.hasPost === true ? 'hook_error' : 'bad_response', status: OK }
    case 'deadline':
    case 'route':
    case 'choose':
    case 'reply':
    case 'record':
      return { outcome: 'internal', status: OK }
  }
}

/** Before the invocation is understood there is nobody to give a Java exception to: the frame itself is refused. */
const isUnread = ({ stage }: Call): boolean => stage === 'frame' || stage === 'admit' || stage === 'invocation'

/** The only place that turns an error into a Dubbo answer; also notes outcome, code and status in the call. */
export function errorReply(call: Call, thrown: unknown): Buffer {
  const error = AboxError.from(thrown)
  const exit = exitOf(error, call)
  call.outcome = exit.outcome
  call.errorCode = error.code
  call.dubboStatus = exit.status
  const message = exit.outcome === 'hook_error' ? withPlace(error, call) : error.message
  const text = hideSecrets(message, call.variant)
  if (exit.status !== OK) return statusResult(call.request.requestId, exit.status, text)
  return exceptionResult(call.request.requestId, {
    className: 'java.lang.RuntimeException',
    message: call.traceId === '' ? text : `${text} [trace ${call.traceId}]`,
    frame: frameOf(call)
  })
}

/** What is found wrong in the result of a hook outside of its sandbox is told with its name, version and line as well. */
function withPlace({ code, message }: AboxError, { hook, stage }: Call): string {
  if (hook === undefined || message.includes(hook.label)) return message
  return `${code}: ${hook.sandbox.placeOf(stage)}: ${message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message}`
}

/** The one stack frame that Java shows: where in the route it happened, in the words of the caller. */
export function frameOf(call: Call): {
  declaringClass: string
  methodName: string
  fileName: string
  lineNumber: number
} {
  return {
    declaringClass: call.route?.service ?? call.invocation?.service ?? 'abox.Gateway',
    methodName: call.route?.method ?? call.invocation?.method ?? 'invoke',
    fileName: call.hook?.label ?? `${call.model?.name ?? 'abox'}/${call.variant?.name ?? call.stage}`,
    lineNumber: -1
  }
}
