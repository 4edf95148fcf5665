import { AboxError } from '#core/errors'
import { formatPath, type JsonPath, JsonReader, type LargeOutline, seek, seekLarge } from '#lib/json'
import { modelProtocolErrors } from './errors.ts'
import { KIND_WORDS } from './kinds.ts'
import type { ModelProtocol } from './protocol.ts'

/** A place of the result, and bytes without which the answer cannot have it. */
interface Place {
  readonly path: JsonPath
  readonly needle: Buffer
}

const ANYTHING = Buffer.alloc(0)

/** In order of preference. */
const PLACES: Readonly<Record<ModelProtocol, readonly Place[]>> = {
  tensorflow: [
    { path: ['predictions', 0], needle: Buffer.from('"predictions"') },
    { path: ['outputs'], needle: Buffer.from('"outputs"') }
  ],
  seldon: [
    { path: ['data', 'ndarray'], needle: Buffer.from('"ndarray"') },
    { path: ['data', 'tensor'], needle: Buffer.from('"tensor"') },
    { path: ['jsonData'], needle: Buffer.from('"jsonData"') },
    { path: ['strData'], needle: Buffer.from('"strData"') },
    { path: ['binData'], needle: Buffer.from('"binData"') }
  ],
  v2: [{ path: ['outputs', 0, 'data'], needle: Buffer.from('"outputs"') }],
  raw: [{ path: [], needle: ANYTHING }]
}
const MOST_KEYS = 10

/**
 * A reader that stands on the result inside an answer that `checkReply` has passed, where no hook picks it: at `output`
 * when that is given (the empty path is the whole body), else at the protocol's own place.
 *
 * ```
 * tensorflow   predictions[0], else outputs
 * seldon       data.ndarray, else data.tensor, jsonData, strData, binData
 * v2           outputs[0].data
 * raw          the whole body
 * ```
 * Only what stands before the result is checked. Throws ABOX_ANSWER_MISSING with what was looked for and what is
 * there, and ABOX_JSON_SYNTAX.
 */
export function findResult(protocol: ModelProtocol, body: Buffer, output?: JsonPath | undefined): JsonReader {
  if (output !== undefined) {
    const reader = new JsonReader(body)
    if (seek(reader, output)) return reader
    throw missing(formatPath(output), body)
  }
  const places = PLACES[protocol]
  for (const { path, needle } of places) {
    if (!mayHave(body, needle)) continue
    const reader = new JsonReader(body)
    if (seek(reader, path)) return reader
  }
  throw missing(places.map(({ path }) => formatPath(path)).join(', '), body)
}

/** Does what `findResult` does with an answer that `checkLargeReply` has passed, in slices of about `sliceBytes`. */
export function* findLargeResult(
  protocol: ModelProtocol,
  outline: LargeOutline,
  sliceBytes: number,
  output?: JsonPath | undefined
): Generator<undefined, JsonReader> {
  const places = output === undefined ? PLACES[protocol] : [{ path: output, needle: ANYTHING }]
  for (const { path, needle } of places) {
    if (!mayHave(outline.bytes, needle)) continue
    const reader = yield* seekLarge(outline, path, sliceBytes)
    if (reader !== undefined) return reader
  }
  throw missing(places.map(({ path }) => formatPath(path)).join(', '), outline.bytes, outline)
}

/** A place that is not there would cost reading the whole answer; no server escapes the letters of these keys. */
function mayHave(body: Buffer, needle: Buffer): boolean {
  return needle.length === 0 || body.includes(needle)
}

function missing(wanted: string, body: Buffer, large?: LargeOutline): AboxError {
  return new AboxError(modelProtocolErrors.ABOX_ANSWER_MISSING, `looked for ${wanted}, found ${outlineOf(body, large)}`)
}

/** `an object with a, b, c`. Throws ABOX_JSON_SYNTAX where the answer is none: that is then the better message. */
function outlineOf(body: Buffer, large?: LargeOutline): string {
  const reader = new JsonReader(body)
  const kind = reader.peek()
  if (kind !== 'object') return KIND_WORDS[kind]
  if (!reader.enterObject()) return 'an empty object'
  const keys: string[] = []
  do {
    if (large?.skipLargeKey(reader) === true) keys.push('a long key')
    else keys.push(reader.readKey().slice(0, 64))
    if (large === undefined) reader.skip()
    else large.skip(reader)
  } while (reader.nextKey() && keys.length <= MOST_KEYS)
  if (keys.length > MOST_KEYS) keys[MOST_KEYS] = '…'
  return `an object with ${keys.join(', ')}`
}
