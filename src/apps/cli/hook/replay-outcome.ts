import { AboxError } from '#core/errors'
import { JsonReader, seek } from '#lib/json'
import { findResult, type ModelProtocol, wrapRequest } from '#lib/model-protocols'
import type { Sandbox, ThrownInside } from '#lib/sandbox'
import type { RecordedLine } from './recorded.ts'

/** What a version made of a call, or what was recorded of it. */
export interface Outcome {
  request?: string | undefined
  result?: string | undefined
  failure?: HookFailure | undefined
}

/** What ended a call in its hook. */
export interface HookFailure {
  readonly stage: 'pre' | 'post'
  readonly code: string
  readonly message: string
  /** What the hook itself threw, without version and line; '' where the code says all, undefined where nobody knows. */
  readonly thrown: string | undefined
}

/** What has no message is the same as any message. */
export function isSameFailure(a: HookFailure, b: HookFailure): boolean {
  if (a.stage !== b.stage || a.code !== b.code) return false
  return a.thrown === undefined || b.thrown === undefined || a.thrown === b.thrown
}

/**
 * As a gateway recorded it. What ended a call beside its hook says nothing about the hook; nor does an error that came of
 * what `post` returned, such as an exception that is not declared: the result is there, and is compared. Messages of hooks
 * are not recorded, because they may quote what is masked.
 */
export function recordedOutcome({ request, reply, result, error }: RecordedLine): Outcome {
  if (result !== undefined || error?.startsWith('ABOX_HOOK_') !== true) return { request, result }
  const stage = reply === undefined ? 'pre' : 'post'
  return { request, failure: { stage, code: error, message: error, thrown: undefined } }
}

/**
 * What a version makes of a call: `pre` of the call, `post` of the recorded reply. With `whole` a function that it does not
 * have is what a gateway does without one, where the method has neither `input` nor `output`.
 */
export async function outcomeOf(sandbox: Sandbox, line: RecordedLine, whole: boolean): Promise<Outcome> {
  const outcome: Outcome = {}
  let stage: HookFailure['stage'] = 'pre'
  try {
    if (sandbox.exports.includes('pre')) {
      outcome.request = bodyOf(await sandbox.call('pre', [line.call]))
      if (outcome.request === undefined) return { failure: NO_BODY }
    } else if (whole && line.request !== undefined) outcome.request = requestWithout(line)
    stage = 'post'
    if (line.reply === undefined) return outcome
    if (sandbox.exports.includes('post')) outcome.result = await sandbox.call('post', [line.reply, line.call])
    else if (whole && line.result !== undefined) outcome.result = resultWithout(line)
  } catch (error) {
    const { code, message, cause } = AboxError.from(error)
    outcome.failure = { stage, code, message, thrown: code === 'ABOX_HOOK_THROW' ? thrownBy(cause) : '' }
  }
  return outcome
}

const NO_BODY: HookFailure = {
  stage: 'pre',
  code: 'ABOX_HOOK_REQUEST',
  message: 'ABOX_HOOK_REQUEST: pre returned something else than an object with body',
  thrown: ''
}

function thrownBy(cause: unknown): string {
  const { name = '', message = '' } = (cause ?? {}) as Partial<ThrownInside>
  return `${name}: ${message}`
}

/** Of what `pre` returned. */
const bodyOf = (returned: string): string | undefined => textAt(returned, ['body'])

/** The only argument, else the list of them, wrapped for the model. */
function requestWithout({ call }: RecordedLine): string {
  const args = textAt(call, ['args']) ?? '[]'
  const input = textAt(args, [1]) === undefined ? (textAt(args, [0]) ?? args) : args
  return wrapRequest(protocolOf(call), Buffer.from(input)).toString('utf8')
}

/** The protocol's own place in the model's reply. Throws ABOX_ANSWER_MISSING. */
function resultWithout({ call, reply = '' }: RecordedLine): string {
  const body = Buffer.from(textAt(reply, ['body']) ?? '')
  return rest(findResult(protocolOf(call), body), body)
}

const PROTOCOLS: readonly string[] = ['tensorflow', 'seldon', 'v2']

function protocolOf(call: string): ModelProtocol {
  const reader = new JsonReader(Buffer.from(call))
  if (!seek(reader, ['protocol']) || reader.peek() !== 'string') return 'raw'
  const name = reader.readString()
  return PROTOCOLS.includes(name) ? (name as ModelProtocol) : 'raw'
}

/** The value at a path as it is written; undefined where there is none. */
function textAt(json: string, path: readonly (string | number)[]): string | undefined {
  const bytes = Buffer.from(json)
  const reader = new JsonReader(bytes)
  return seek(reader, path) ? rest(reader, bytes) : undefined
}

function rest(reader: JsonReader, bytes: Buffer): string {
  reader.peek()
  const start = reader.pos
  reader.skip()
  return bytes.toString('utf8', start, reader.pos)
}
