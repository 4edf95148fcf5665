/**
 * Body of a request: one Hessian stream whose items share their tables.
 *
 *   body        := dubboVersion path version method (int)? descriptor argument* attachments?
 *   dubboVersion:= string                    "2.0.2" for all since 2.6.3, else the consumer's own version
 *   path        := string                    interface or path of the provider URL
 *   version     := string                    "0.0.0" when the consumer has none
 *   method      := string
 *   (int)       := written by dubbox 2.8.4 and later, between method and descriptor
 *   descriptor  := string                    descriptor.ts; "" when there is no parameter
 *   argument    := value                     one per parameter
 *   attachments := map | null                absent when an nginx or APISIX proxy made the request
 *
 * A generic call is the method $invoke (or $invokeAsync, when the Java method returns a future) with three arguments:
 * name of the real method, its parameter types in Java source form (string[], null or empty), its arguments (Object[],
 * null or empty). Consumers send all calls like this when the provider's URL says generic=true.
 */
import { AboxError } from '#core/errors'
import { defaultBudget, type HessianBudget, HessianScan } from '#lib/hessian2'
import { parameterTypesOf } from './descriptor.ts'
import { dubboErrors } from './errors.ts'
import { GENERIC_DESCRIPTOR, passIfSame, readKnownText } from './known-text.ts'

/** A request body as far as it must be understood to find out what to do; arguments stay bytes. */
export interface Invocation {
  /** Version of the protocol (or, from consumers before 2.6.3, of the consumer). */
  readonly dubboVersion: string
  /** What is called: attachment `path`, else what the body says, as Java's own provider looks it up. */
  readonly service: string
  /** `undefined` for all ways to write "none": absent, empty, `0.0.0`, `*`. */
  readonly version: string | undefined
  /** `undefined` when absent or empty. */
  readonly group: string | undefined
  /** The real method, also when it came through `$invoke`. */
  readonly method: string
  /** Java source names (`double[]`, `java.util.List`); `undefined` when a generic call gave none. */
  readonly parameterTypes: readonly string[] | undefined
  /** Came as `$invoke` or `$invokeAsync`. */
  readonly generic: boolean
  /** Came as `$invokeAsync`: the Java method returns a future. The answer is the same. */
  readonly async: boolean
  /** `$echo`, Dubbo's own probe: the answer is the first argument. */
  readonly echo: boolean
  /** Where each argument begins; for `writeJson(scan, offset, …)` and `decodeValue(scan, offset)`. */
  readonly argOffsets: readonly number[]
  readonly scan: HessianScan
  /** Scalar values as text; null and nested values are left out. */
  readonly attachments: ReadonlyMap<string, string>
  /** Whether the answer may carry attachments: protocol 2.0.2 to 2.0.99. Others fail on them. */
  readonly responseAttachmentsAllowed: boolean
}

/** Far more than any consumer sends; each one becomes strings before anything else is known of the request. */
const MAX_ATTACHMENTS = 1000
const MAX_ATTACHMENT_BYTES = 64 * 1024
/** As many as one name may have: a descriptor, where other calls have their types, is one. */
const MAX_TYPE_UNITS = 65_535

/**
 * Reads the body of a request. The arguments are validated and not built. Throws ABOX_DUBBO_BODY,
 * ABOX_DUBBO_DESCRIPTOR or an ABOX_HESSIAN_… of lib/hessian2; each is a status 40 to the caller. `scan` is a `LargeScan` of
 * the body that has been walked, for bodies that are too large to be read at once.
 */
export function decodeInvocation(
  body: Buffer,
  budget: HessianBudget = defaultBudget,
  scan: HessianScan = new HessianScan(body, 0, body.length, budget)
): Invocation {
  const dubboVersion = text(scan, 'Dubbo version')
  const pathAt = scan.pos
  const path = text(scan, 'path')
  const pathEnd = scan.pos
  const version = text(scan, 'service version')
  const method = text(scan, 'method name')
  // dubbox says here whether the call is generic. Everybody else goes on with the descriptor.
  if (scan.peek() === 'int') scan.readInt()
  const descriptor = text(scan, 'parameter descriptor')

  const generic = (method === '$invoke' || method === '$invokeAsync') && descriptor === GENERIC_DESCRIPTOR
  const call = generic ? readGeneric(scan) : readTyped(scan, method, descriptor)
  const attachments = readAttachments(scan, path, pathAt, pathEnd)
  return {
    dubboVersion,
    service: attachments.get('path') || path || attachments.get('interface') || '',
    version: unlessNone(attachments.get('version') ?? version),
    group: attachments.get('group') || undefined,
    method: call.method,
    parameterTypes: call.parameterTypes,
    generic,
    async: generic && method === '$invokeAsync',
    echo: call.method === '$echo',
    argOffsets: call.argOffsets,
    scan,
    attachments,
    responseAttachmentsAllowed: allowsResponseAttachments(dubboVersion)
  }
}

type Target = Pick<Invocation, 'method' | 'parameterTypes' | 'argOffsets'>

function readTyped(scan: HessianScan, method: string, descriptor: string): Target {
  const parameterTypes = parameterTypesOf(descriptor)
  const argOffsets: number[] = []
  for (let i = 0; i < parameterTypes.length; i++) argOffsets.push(scan.skip())
  return { method, parameterTypes, argOffsets }
}

function readGeneric(scan: HessianScan): Target {
  const at = scan.pos
  const method = text(scan, 'name of the method, first argument of $invoke')
  if (method === '') throw refuse(at, 'first argument of $invoke: found an empty string, expected the name of a method')
  const typesAt = scan.pos
  const typeOffsets = scan.skipItems()
  const argOffsets = scan.skipItems()
  if (typeOffsets.length === 0 && argOffsets.length > 0) return { method, parameterTypes: undefined, argOffsets }
  if (typeOffsets.length !== argOffsets.length) {
    const expected = `expected ${argOffsets.length}, one for each argument`
    throw refuse(typesAt, `second argument of $invoke: found ${typeOffsets.length} parameter types, ${expected}`)
  }
  return { method, parameterTypes: readTypes(scan, typeOffsets), argOffsets }
}

function readTypes(scan: HessianScan, offsets: readonly number[]): string[] {
  const back = scan.pos
  let left = MAX_TYPE_UNITS
  const types: string[] = []
  for (const offset of offsets) {
    scan.pos = offset
    const type = scan.readName()
    left -= type.length
    if (left < 0) {
      const found = `found parameter types of more than ${MAX_TYPE_UNITS} characters together`
      throw refuse(offset, `second argument of $invoke: ${found}, expected names of Java types`)
    }
    types.push(type)
  }
  scan.pos = back
  return types
}

/** `path` stands from `pathAt` to `pathEnd`; two attachments usually repeat it. */
function readAttachments(scan: HessianScan, path: string, pathAt: number, pathEnd: number): Map<string, string> {
  const attachments = new Map<string, string>()
  const bytes = scan.end - scan.pos
  if (bytes > MAX_ATTACHMENT_BYTES) {
    throw refuse(scan.pos, `attachments: found ${bytes} bytes, expected at most ${MAX_ATTACHMENT_BYTES}`)
  }
  if (bytes === 0 || !scan.enterMap()) return attachments
  for (let left = MAX_ATTACHMENTS; !scan.atEnd(); left--) {
    if (left === 0) throw refuse(scan.pos, `attachments: found more than ${MAX_ATTACHMENTS}, expected a few`)
    const key = readKnownText(scan) ?? scan.readText()
    const again = path !== '' && passIfSame(scan, pathAt, pathEnd)
    const value = again ? path : (readKnownText(scan) ?? scan.readText())
    if (key !== undefined && value !== undefined) attachments.set(key, value)
  }
  return attachments
}

/** A string of the head of the body; null counts as empty. */
function text(scan: HessianScan, what: string): string {
  const known = readKnownText(scan)
  if (known !== undefined) return known
  const kind = scan.peek()
  if (kind === 'string') return scan.readName()
  if (kind === 'null') return scan.readStringOrNull() ?? ''
  const found = scan.pos === scan.end ? 'the end of the body' : `a value of kind ${kind}`
  throw refuse(scan.pos, `${what}: found ${found}, expected a string`)
}

function refuse(offset: number, detail: string): AboxError {
  return new AboxError(dubboErrors.ABOX_DUBBO_BODY, `offset ${offset} of the body: ${detail}`, { offset })
}

/** All the ways in which Dubbo writes "no version". */
function unlessNone(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text === '0.0.0' || text === '*' ? undefined : text
}

/** 2.0.2 to 2.0.99, as Java's `Version.isSupportResponseAttachment`. */
function allowsResponseAttachments(dubboVersion: string): boolean {
  if (dubboVersion === '2.0.2') return true
  const match = /^2\.0\.(\d{1,2})(?:\.\d+)?$/.exec(dubboVersion)
  return match !== null && Number(match[1]) >= 2
}
