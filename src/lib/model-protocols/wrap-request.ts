import { AboxError } from '#core/errors'
import { hasKeySlices, JsonReader, seek, seekSlices } from '#lib/json'
import { modelProtocolErrors } from './errors.ts'
import { KIND_WORDS } from './kinds.ts'
import type { ModelProtocol } from './protocol.ts'

const TENSORFLOW_KEYS = keys(['instances', 'inputs', 'signature_name'])
const SELDON_KEYS = keys(['data', 'jsonData', 'strData', 'binData'])
const INPUTS = ['inputs']
const OPEN_LIST = 0x5b

const INSTANCES = bracket('{"instances":[', ']}')
const NDARRAY = bracket('{"data":{"ndarray":', '}}')
const JSON_DATA = bracket('{"jsonData":', '}')

/**
 * The request body for an input, where no hook makes one. The bytes of the input stand in it unchanged; an input that
 * is a whole request already is returned as it is.
 *
 * ```
 * tensorflow   {"instances":[input]}           as it is: object with instances, inputs or signature_name
 * seldon       {"data":{"ndarray":input}}      for arrays
 *              {"jsonData":input}              for everything else; as it is: object with data, jsonData, strData or binData
 * v2           as it is: must be an object with the array inputs, else ABOX_MODEL_INPUT
 * raw          as it is
 * ```
 * `inputJson` is one JSON value that ABox has written itself: only as much of it is read as decides the form.
 */
export function wrapRequest(protocol: ModelProtocol, inputJson: Buffer): Buffer {
  switch (protocol) {
    case 'tensorflow':
      return hasKey(inputJson, TENSORFLOW_KEYS) ? inputJson : wrap(INSTANCES, inputJson)
    case 'seldon':
      if (new JsonReader(inputJson).peek() === 'array') return wrap(NDARRAY, inputJson)
      return hasKey(inputJson, SELDON_KEYS) ? inputJson : wrap(JSON_DATA, inputJson)
    case 'v2': {
      const reader = new JsonReader(inputJson)
      if (reader.peek() === 'object' && seek(reader, INPUTS) && reader.peek() === 'array') return inputJson
      throw noV2Request(inputJson)
    }
    case 'raw':
      return inputJson
  }
}

/**
 * Does what `wrapRequest` does with an input that is long, in slices of about `sliceBytes`. The input must be without white
 * space, as `JsonSink` writes it.
 */
export function* wrapRequestSlices(
  protocol: ModelProtocol,
  inputJson: Buffer,
  sliceBytes: number
): Generator<undefined, Buffer> {
  switch (protocol) {
    case 'tensorflow': {
      const whole =
        mentions(inputJson, TENSORFLOW_KEYS) && (yield* hasKeySlices(inputJson, TENSORFLOW_KEYS.names, sliceBytes))
      return whole ? inputJson : wrap(INSTANCES, inputJson)
    }
    case 'seldon': {
      if (inputJson[0] === OPEN_LIST) return wrap(NDARRAY, inputJson)
      const whole = mentions(inputJson, SELDON_KEYS) && (yield* hasKeySlices(inputJson, SELDON_KEYS.names, sliceBytes))
      return whole ? inputJson : wrap(JSON_DATA, inputJson)
    }
    case 'v2': {
      const inputs = yield* seekSlices(inputJson, INPUTS, sliceBytes)
      if (inputs?.[0] === OPEN_LIST) return inputJson
      throw noV2Request(inputJson)
    }
    case 'raw':
      return inputJson
  }
}

interface Keys {
  readonly names: readonly string[]
  readonly needles: readonly Buffer[]
}

function keys(names: readonly string[]): Keys {
  return { names, needles: names.map((name) => Buffer.from(`"${name}"`)) }
}

interface Bracket {
  readonly before: Buffer
  readonly after: Buffer
}

function bracket(before: string, after: string): Bracket {
  return { before: Buffer.from(before), after: Buffer.from(after) }
}

function wrap({ before, after }: Bracket, input: Buffer): Buffer {
  const whole = Buffer.allocUnsafe(before.length + input.length + after.length)
  whole.set(before)
  whole.set(input, before.length)
  whole.set(after, before.length + input.length)
  return whole
}

/** Whether the input is an object with one of these keys. No writer escapes their letters, so bytes can be searched. */
function hasKey(input: Buffer, keys: Keys): boolean {
  const reader = new JsonReader(input)
  if (reader.peek() !== 'object' || !mentions(input, keys) || !reader.enterObject()) return false
  do {
    if (keys.names.includes(reader.readKey())) return true
    reader.skip()
  } while (reader.nextKey())
  return false
}

/** A native search that spares most inputs the reading of all their values; bytes, because text is encoded each time. */
function mentions(input: Buffer, { needles }: Keys): boolean {
  for (const needle of needles) if (input.includes(needle)) return true
  return false
}

function noV2Request(input: Buffer): AboxError {
  const kind = new JsonReader(input).peek()
  return new AboxError(
    modelProtocolErrors.ABOX_MODEL_INPUT,
    `protocol v2: found ${kind === 'object' ? 'an object without the array inputs' : KIND_WORDS[kind]}, ` +
      'expected a whole V2 request {"inputs":[{name, shape, datatype, data}]}'
  )
}
