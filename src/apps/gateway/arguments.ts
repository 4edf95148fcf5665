import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import { writeJson } from '#lib/hessian2'
import { formatPath, type JsonPath, JsonReader, JsonSink, seek } from '#lib/json'
import { gatewayErrors } from './errors.ts'
import { writeLarge } from './large-body.ts'
import { seekLarge } from './large-path.ts'
import type { InputSource, Route } from './routing-table.ts'
import type { NextTurn } from './turns.ts'

/** Makes JSON of call arguments straight from their Hessian bytes. */
export interface ArgumentWriter {
  /** What becomes the request when there is no pre hook. Throws ABOX_ARGUMENT, ABOX_HESSIAN_…. */
  input(invocation: Invocation, route: Route): Buffer
  /** `[a,b,…]`: all arguments, for hooks. */
  all(invocation: Invocation, route: Route): string
  /** One argument's value at a path, as text; `undefined` when it is not there. */
  text(invocation: Invocation, route: Route, argument: number, path: JsonPath): string | undefined
}

/** The writer of an instance. */
export interface InstanceArgumentWriter extends ArgumentWriter {
  /** Writes what a large call needs in turns of the event loop, and returns a writer for this call alone. */
  large(invocation: Invocation, route: Route, nextTurn: NextTurn): Promise<ArgumentWriter>
}

/** Appends the JSON of an argument that is there. */
type Append = (sink: JsonSink, invocation: Invocation, route: Route, index: number) => void

/**
 * One per instance, because its buffer is reused. `maxBytes` bounds the JSON of one call, because a short body may unfold to
 * any length.
 */
export function createArgumentWriter(maxBytes: number): InstanceArgumentWriter {
  const append: Append = (sink, invocation, route, index) =>
    writeJson(invocation.scan, invocation.argOffsets[index] as number, sink, route.types)
  const writer = createWriter(new JsonSink(4096, maxBytes), append, findAt)
  return {
    ...writer,
    async large(invocation, route, nextTurn) {
      const texts = await writeLarge(invocation, route, neededOf(invocation, route), maxBytes, nextTurn)
      const found = new Map<JsonPath, Buffer | undefined>()
      for (const { argument, path } of placesOf(invocation, route)) {
        const text = texts.get(argument)
        if (text !== undefined && path.length > 0) found.set(path, await seekLarge(text, path, nextTurn))
      }
      return createWriter(
        new JsonSink(4096, maxBytes),
        (sink, _invocation, _route, index) => sink.raw(texts.get(index) as Buffer),
        (whole, path) => (found.has(path) ? found.get(path) : findAt(whole, path))
      )
    }
  }
}

/** The bytes of the value at a path; undefined when it is not there. */
type Find = (whole: Buffer, path: JsonPath) => Buffer | undefined

const findAt: Find = (whole, path) => {
  const reader = new JsonReader(whole)
  return seek(reader, path) ? valueAt(reader, whole) : undefined
}

function createWriter(sink: JsonSink, append: Append, find: Find): ArgumentWriter {
  const writeAll = (invocation: Invocation, route: Route): void => {
    sink.ascii('[')
    for (let index = 0; index < invocation.argOffsets.length; index++) {
      if (index > 0) sink.ascii(',')
      append(sink, invocation, route, index)
    }
    sink.ascii(']')
  }
  const writeOne = (invocation: Invocation, route: Route, argument: number): void => {
    if (invocation.argOffsets[argument] === undefined) {
      throw new AboxError(
        gatewayErrors.ABOX_ARGUMENT,
        `method ${route.method}: found ${invocation.argOffsets.length} arguments, expected args[${argument}]`
      )
    }
    append(sink, invocation, route, argument)
  }

  return {
    input(invocation, route) {
      const { argument, path } = sourceOf(invocation, route)
      sink.reset()
      if (argument < 0) writeAll(invocation, route)
      else writeOne(invocation, route, argument)
      const whole = sink.take()
      if (path.length === 0) return Buffer.from(whole)
      const found = find(whole, path)
      if (found !== undefined) return Buffer.from(found)
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
      const found = find(sink.take(), path)
      if (found === undefined) return undefined
      const reader = new JsonReader(found)
      return reader.peek() === 'string' ? reader.readString() : undefined
    }
  }
}

/** The arguments of which a call needs the JSON: for its hook, for its request, for the name of its model. */
function neededOf(invocation: Invocation, route: Route): ReadonlySet<number> {
  const all = route.hook !== undefined || sourceOf(invocation, route).argument < 0
  return new Set(all ? invocation.argOffsets.keys() : placesOf(invocation, route).map(({ argument }) => argument))
}

/** Where a call looks into its arguments: for its model and for its request. */
function placesOf(invocation: Invocation, route: Route): InputSource[] {
  const { model } = route
  const source = sourceOf(invocation, route)
  return model.kind === 'argument' ? [{ argument: model.argument, path: model.path }, source] : [source]
}

function sourceOf(invocation: Invocation, route: Route): InputSource {
  return route.input ?? (invocation.argOffsets.length === 1 ? FIRST : ALL)
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
