import { AboxError } from '#core/errors'
import { formatPath, type JsonPath, JsonReader, seek } from '#lib/json'
import { modelProtocolErrors } from './errors.ts'
import { KIND_WORDS } from './kinds.ts'
import type { ModelProtocol } from './protocol.ts'

/** A place of the result, and bytes without which the answer cannot have it. */
interface Place {
  readonly path: JsonPath
  readonly needle: Buffer
}

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
  raw: [{ path: [], needle: Buffer.from('') }]
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
    // A place that is not there would cost reading the whole answer; no server escapes the letters of these keys.
    if (needle.length > 0 && !body.includes(needle)) continue
    const reader = new JsonReader(body)
    if (seek(reader, path)) return reader
  }
  throw missing(places.map(({ path }) => formatPath(path)).join(', '), body)
}

function missing(wanted: string, body: Buffer): AboxError {
  return new AboxError(modelProtocolErrors.ABOX_ANSWER_MISSING, `looked for ${wanted}, found ${outline(body)}`)
}

/** `an object with a, b, c`. Throws ABOX_JSON_SYNTAX where the answer is none: that is then the better message. */
function outline(body: Buffer): string {
  const reader = new JsonReader(body)
  const kind = reader.peek()
  if (kind !== 'object') return KIND_WORDS[kind]
  if (!reader.enterObject()) return 'an empty object'
  const keys: string[] = []
  do {
    keys.push(reader.readKey().slice(0, 64))
    reader.skip()
  } while (reader.nextKey() && keys.length <= MOST_KEYS)
  if (keys.length > MOST_KEYS) keys[MOST_KEYS] = '…'
  return `an object with ${keys.join(', ')}`
}
