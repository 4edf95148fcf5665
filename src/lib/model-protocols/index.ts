/** What is sent to a model and read from it, for each protocol: pure functions over JSON bytes. */
export { checkLargeReply, checkReply } from './check-reply.ts'
export { modelProtocolErrors } from './errors.ts'
export { findLargeResult, findResult } from './find-result.ts'
export type { ModelProtocol } from './protocol.ts'
export { type Readiness, readiness } from './readiness.ts'
export { wrapRequest, wrapRequestSlices } from './wrap-request.ts'
