import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import { writeJson } from '#lib/hessian2'
import { formatPath, type JsonPath, JsonReader, JsonSink, seek } from '#lib/json'
import { gatewayErrors } from './errors.ts'
import type { InputSource, Route } from './routing-table.ts'

/** Makes JSON of call arguments straight from their Hessian bytes; one per instance, because its buffer is reused. */
export interface ArgumentWriter {
  /** What becomes the request when there is no pre hook. Throws ABOX_ARGUMENT, ABOX_HESSIAN_…. */
  input(invocation: Invocation, route: Route): Buffer
  /** `[a,b,…]`: all arguments, for hooks. */
  all(invocation: Invocation, route: Route): string
  /** One argument's value at a path, as text; `undefined` when it is not there. */
  text(invocation: Invocation, route: Route, argument: number, path: JsonPath): string | undefined
}

/** `maxBytes` bounds the JSON of one call, because a short body may unfold to any length. */
export function createArgumentWriter(maxBytes: number): ArgumentWriter {
  const sink = new JsonSink(4096, maxBytes)

  const writeAll = (invocation: Invocation, route: Route): void => {
    sink.ascii('[')
    for (const [index, offset] of invocation.argOffsets.entries()) {
      if (index > 0) sink.ascii(',')
      writeJson(invocation.scan, offset, sink, route.types)
    }
    sink.ascii(']')
  }
  const writeOne = (invocation: Invocation, route: Route, argument: number): void => {
    const offset = invocation.argOffsets[argument]
    if (offset === undefined) {
      throw new AboxError(
        gatewayErrors.ABOX_ARGUMENT,
        `method ${route.method}: found ${invocation.argOffsets.length} arguments, expected args[${argument}]`
      )
    }
    writeJson(invocation.scan, offset, sink, route.types)
  }
  const source = (invocation: Invocation, route: Route): InputSource =>
    route.input ?? (invocation.argOffsets.length === 1 ? FIRST : ALL)

  return {
    input(invocation, route) {
      const { argument, path } = source(invocation, route)
      sink.reset()
      if (argument < 0) writeAll(invocation, route)
      else writeOne(invocation, route, argument)
      const whole = sink.take()
      if (path.length === 0) return Buffer.from(whole)
      const reader = new JsonReader(whole)
      if (seek(reader, path)) return Buffer.from(valueAt(reader, whole))
      throw new AboxError(
        gatewayErrors.ABOX_ARGUMENT,
        `method ${route.method}: args[${argument}] has no ${formatPath(path)}`
      )
    },
    all(invocation, route) {
      sink.reset()
      writeAll(invocation, route)
      return sink.take().toString('utf8')
    },
    text(invocation, route, argument, path) {
      sink.reset()
      writeOne(invocation, route, argument)
      const reader = new JsonReader(sink.take())
      return seek(reader, path) && reader.peek() === 'string' ? reader.readString() : undefined
    }
  }
}

const FIRST: InputSource = { argument: 0, path: [] }
const ALL: InputSource = { argument: -1, path: [] }

/** The bytes of the value that the reader stands on. */
export function valueAt(reader: JsonReader, bytes: Buffer): Buffer {
  reader.peek()
  const start = reader.pos
  reader.skip()
  return bytes.subarray(start, reader.pos)
}
