import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import { writeJson } from '#lib/hessian2'
import { formatPath, type JsonPath, JsonReader, JsonSink, seek, seekSlices } from '#lib/json'
import { gatewayErrors } from './errors.ts'
import { writeLarge } from './large-body.ts'
import type { InputSource, Route } from './routing-table.ts'
import { SLICE_BYTES, type Slices } from './turns.ts'

/** Makes JSON of call arguments straight from their Hessian bytes. */
export interface ArgumentWriter {
  /** What becomes the request when there is no pre hook. Throws ABOX_ARGUMENT, ABOX_HESSIAN_…. */
  input(invocation: Invocation, route: Route): Buffer
  /** `[a,b,…]`: all arguments, for hooks. */
  all(invocation: Invocation, route: Route): string
  /** The same as bytes, which are valid until the next call of this writer. */
  allBytes(invocation: Invocation, route: Route): Buffer
  /** Of those bytes: whether a number may be in them that JavaScript reads as another one. */
  odd(): boolean
  /** The name at a path of one argument: a string of at most 1024 bytes; `undefined` when something else is there. */
  name(invocation: Invocation, route: Route, argument: number, path: JsonPath): string | undefined
}

/** The writer of an instance. */
export interface InstanceArgumentWriter extends ArgumentWriter {
  /** Writes what a large call needs in slices, and returns a writer for this call alone. */
  large(invocation: Invocation, route: Route): Slices<ArgumentWriter>
}

/** Longer names, as JSON, are no names. */
const MAX_NAME_BYTES = 1024
const QUOTE = 0x22

/** Where the JSON of a call comes from. What it returns is valid until the next call of it. */
interface JsonSource {
  /** An argument that is there. */
  one(invocation: Invocation, route: Route, index: number): Buffer
  all(invocation: Invocation, route: Route): Buffer
  /** The bytes of the value at a path that is not empty; undefined when it is not there. */
  find(whole: Buffer, path: JsonPath): Buffer | undefined
  /** Of what it returned last: whether a number may be in it that JavaScript reads as another one. */
  odd(): boolean
  /** The same bytes for as long as one likes. `found` is a part of `whole`. */
  keep(found: Buffer, whole: Buffer): Buffer
}

/**
 * One per instance, because its buffer is reused. `maxBytes` bounds the JSON of one call, because a short body may unfold to
 * any length.
 */
export function createArgumentWriter(maxBytes: number): InstanceArgumentWriter {
  const sink = new JsonSink(4096, maxBytes)
  const append = (invocation: Invocation, route: Route, index: number): void =>
    writeJson(invocation.scan, invocation.argOffsets[index] as number, sink, route.types)

  return {
    ...createWriter({
      one(invocation, route, index) {
        sink.reset()
        append(invocation, route, index)
        return sink.take()
      },
      all(invocation, route) {
        sink.reset()
        sink.ascii('[')
        for (let index = 0; index < invocation.argOffsets.length; index++) {
          if (index > 0) sink.ascii(',')
          append(invocation, route, index)
        }
        sink.ascii(']')
        return sink.take()
      },
      find(whole, path) {
        const reader = new JsonReader(whole)
        return seek(reader, path) ? valueAt(reader, whole) : undefined
      },
      odd: () => sink.odd,
      keep: (found) => Buffer.from(found)
    }),
    *large(invocation, route) {
      const { all, one } = yield* writeLarge(invocation, route, wantedOf(invocation, route), maxBytes)
      const found = new Map<JsonPath, Buffer | undefined>()
      for (const { argument, path } of placesOf(invocation, route)) {
        const whole = one.get(argument)
        if (whole !== undefined && path.length > 0) found.set(path, yield* seekSlices(whole, path, SLICE_BYTES))
      }
      return createWriter({
        one: (_invocation, _route, index) => one.get(index) as Buffer,
        all: () => all,
        find: (_whole, path) => found.get(path),
        // It was written in parts.
        odd: () => true,
        // The JSON is this call's own. Only where it is much more than what is kept, a copy lets go of it.
        keep: (part, whole) => (part.length * 2 < whole.length ? Buffer.from(part) : part)
      })
    }
  }
}

function createWriter(source: JsonSource): ArgumentWriter {
  const one = (invocation: Invocation, route: Route, argument: number): Buffer => {
    if (invocation.argOffsets[argument] !== undefined) return source.one(invocation, route, argument)
    throw new AboxError(
      gatewayErrors.ABOX_ARGUMENT,
      `method ${route.method}: found ${invocation.argOffsets.length} arguments, expected args[${argument}]`
    )
  }

  return {
    input(invocation, route) {
      const { argument, path } = sourceOf(invocation, route)
      const whole = argument < 0 ? source.all(invocation, route) : one(invocation, route, argument)
      const found = path.length === 0 ? whole : source.find(whole, path)
      if (found !== undefined) return source.keep(found, whole)
      throw new AboxError(
        gatewayErrors.ABOX_ARGUMENT,
        `method ${route.method}: args[${argument}] has no ${formatPath(path)}`
      )
    },
    all: (invocation, route) => source.all(invocation, route).toString('utf8'),
    allBytes: (invocation, route) => source.all(invocation, route),
    odd: source.odd,
    name(invocation, route, argument, path) {
      const whole = one(invocation, route, argument)
      const found = path.length === 0 ? whole : source.find(whole, path)
      if (found === undefined || found[0] !== QUOTE || found.length > MAX_NAME_BYTES) return undefined
      return new JsonReader(found).readString()
    }
  }
}

/** The arguments of which a call needs the JSON: for its hook, for its request, for the name of its model. */
function wantedOf(invocation: Invocation, route: Route): 'all' | ReadonlySet<number> {
  if (route.hook !== undefined || sourceOf(invocation, route).argument < 0) return 'all'
  return new Set(placesOf(invocation, route).map(({ argument }) => argument))
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
