/**
 * What `abox hessian` makes of a line.
 *
 *   decoded ::= {"ok":true,"values":[typed value, …],"rest":bytes behind the last value that was asked for}
 *             | {"ok":false,"error":{"code":"ABOX_…","message":"…","offset":byte or null}}
 *   encode  ::= decoded | [typed value, …] | typed value                    (typed values: typed-print.ts of lib/hessian2)
 */
import { isUtf8 } from 'node:buffer'
import { AboxError } from '#core/errors'
import {
  encodeValue,
  type HessianValue,
  HessianWriter,
  hessianTypedErrors,
  readTyped,
  readValues,
  TypedPrinter,
  typedBudget
} from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { parseCapture } from './capture-bytes.ts'
import type { Converted, LineConverter } from './convert-lines.ts'
import { lineErrors } from './line-errors.ts'
import { prettyJson } from './pretty-json.ts'

/** Longest line of hex or base64; Java's own limit of a body is a quarter of what fits. */
export const MAX_CAPTURE_LINE = 32 * 1024 * 1024

export interface DecodeOptions {
  readonly base64: boolean
  /** At most so many values of a line. */
  readonly values: number
  readonly pretty: boolean
}

/** An error as it is printed. */
export interface LineError {
  readonly code: string
  readonly message: string
  /** Byte where it was found; null when that says nothing. */
  readonly offset: number | null
}

/** `abox hessian decode` */
export function decodeLines({ base64, values: most, pretty }: DecodeOptions): LineConverter {
  return {
    maxBytes: MAX_CAPTURE_LINE,
    complains: false,
    convert(line) {
      const bytes = parseCapture(line, base64)
      const { values, end, error } = readValues(bytes, most)
      if (error !== undefined) throw error
      const sink = newSink()
      sink.ascii('{"ok":true,"values":')
      new TypedPrinter(sink).values(values)
      sink.ascii(`,"rest":${bytes.length - end}}`)
      return { text: finish(sink, pretty), ok: true }
    },
    refuse: (error) => JSON.stringify({ ok: false, error: errorOf(error) })
  }
}

/** `abox hessian encode` */
export function encodeLines(): LineConverter {
  return {
    // Whatever `decode` prints.
    maxBytes: typedBudget.maxJsonBytes,
    complains: true,
    convert: (line) => hexLine(line.length === 0 ? [] : parseLine(line)),
    refuse: () => ''
  }
}

/** `abox hessian reencode` */
export function reencodeLines(base64: boolean): LineConverter {
  return {
    maxBytes: MAX_CAPTURE_LINE,
    complains: true,
    convert(line) {
      const { values, error } = readValues(parseCapture(line, base64))
      if (error !== undefined) throw error
      return hexLine(values)
    },
    refuse: () => ''
  }
}

/** For the output of one line. */
export function newSink(): JsonSink {
  return new JsonSink(1024, typedBudget.maxJsonBytes)
}

/** What was written, as it is or laid out for a person. */
export function finish(sink: JsonSink, pretty: boolean): Buffer | string {
  const bytes = sink.take()
  return pretty ? prettyJson(bytes.toString('utf8')) : bytes
}

/** The `error` of a line or frame. */
export function errorOf({ code, message, offset }: AboxError): LineError {
  return { code, message, offset: offset ?? null }
}

function hexLine(values: readonly HessianValue[]): Converted {
  const writer = new HessianWriter()
  for (const value of values) encodeValue(writer, value)
  return { text: writer.take().toString('hex'), ok: true }
}

function parseLine(line: Buffer): HessianValue[] {
  if (!isUtf8(line)) throw new AboxError(lineErrors.ABOX_CLI_LINE, 'found bytes that are no UTF-8, expected JSON text')
  let json: unknown
  try {
    json = JSON.parse(line.toString('utf8'))
  } catch (error) {
    throw new AboxError(hessianTypedErrors.ABOX_TYPED_JSON, `found no JSON text: ${(error as Error).message}`)
  }
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'ok')) return readTyped(json)
  const { ok, values } = json as { readonly ok: unknown; readonly values?: unknown }
  if (ok === true && Array.isArray(values)) return readTyped(values, typedBudget, ['values'])
  const found = ok === true ? 'no "values"' : 'a line that could not be decoded'
  throw new AboxError(hessianTypedErrors.ABOX_TYPED_JSON, `found ${found}, expected {"ok":true,"values":[…]}`)
}
