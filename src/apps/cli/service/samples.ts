import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import { AboxError, describe } from '#core/errors'
import { JsonReader } from '#lib/json'
import { listFiles, readText } from './documents.ts'
import { serviceErrors } from './errors.ts'

/** An answer of a model, kept to prove a document with. */
export interface Sample {
  /** `samples.jsonl:3`, for messages. */
  readonly source: string
  /** The interface, or with version and group the service key. */
  readonly service: string
  readonly method: string
  /** Java names; needed only where the method is overloaded. */
  readonly parameters: readonly string[] | undefined
  /** How the model is spoken to; needed only where the documents do not say. */
  readonly protocol: string | undefined
  /** The body that the model answered, byte for byte … */
  readonly answer: Buffer | undefined
  /** … or the value that a post hook returned. */
  readonly result: Buffer | undefined
}

/**
 * Sample answers of a file or of all files of a folder.
 *
 * ```
 * samples = *( object LF )                    *.jsonl, *.json: one sample a line
 *         | YAML documents, or lists of them  *.yaml, *.yml
 * object  = {"service", "method", "answer" | "result", ["parameters"], ["protocol"]}
 * ```
 * Throws ABOX_SERVICE_FILE and ABOX_SERVICE_SAMPLE.
 */
export async function readSamples(path: string): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const file of await listFiles(path, /\.(jsonl|json|ya?ml)$/)) {
    const text = await readText(file)
    if (/\.ya?ml$/.test(file)) samples.push(...yamlSamples(text, file))
    else samples.push(...lineSamples(text, file))
  }
  if (samples.length === 0) throw bad(path, 'found no samples, expected one JSON object a line')
  return samples
}

function lineSamples(text: string, file: string): Sample[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    return [toSample(Buffer.from(line), `${file}:${index + 1}`)]
  })
}

function yamlSamples(text: string, file: string): Sample[] {
  const parsed = parseAllDocuments(text)
  const nodes = (Array.isArray(parsed) ? parsed : []).flatMap((document) => {
    const problem = document.errors[0]
    if (problem !== undefined) throw bad(file, problem.message.split('\n')[0] ?? '')
    return isSeq(document.contents) ? document.contents.items : [document.contents]
  })
  return nodes
    .filter((node) => node !== null)
    .map((node, index) => toSample(Buffer.from(jsonOf(node, file)), `${file} (sample ${index + 1})`))
}

/** JSON of a YAML node, numbers as they are written: 1.0 stays a double and 9007199254740993 itself. */
function jsonOf(node: unknown, file: string): string {
  if (isMap(node)) {
    return `{${node.items.map(({ key, value }) => `${JSON.stringify(String(isScalar(key) ? key.value : key))}:${jsonOf(value, file)}`).join(',')}}`
  }
  if (isSeq(node)) return `[${node.items.map((item) => jsonOf(item, file)).join(',')}]`
  if (!isScalar(node)) {
    if (node === null) return 'null'
    throw bad(file, 'found an alias or something else that JSON has not, expected plain values')
  }
  const number = typeof node.value === 'number' || typeof node.value === 'bigint'
  if (number && node.source !== undefined && NUMBER.test(node.source)) return node.source
  return JSON.stringify(node.value) ?? 'null'
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const KEYS = ['service', 'method', 'parameters', 'protocol', 'answer', 'result']

/** The bytes of `answer` are cut out of the line as they stand, so that no number is read and written again. */
function toSample(bytes: Buffer, source: string): Sample {
  const members = membersOf(bytes, source)
  const unknown = [...members.keys()].find((key) => !KEYS.includes(key))
  if (unknown !== undefined) throw bad(source, `found key "${unknown}", expected ${KEYS.join(', ')}`)
  const answer = members.get('answer')
  const result = members.get('result')
  if ((answer === undefined) === (result === undefined)) {
    throw bad(source, 'expected exactly one of answer (what the model sent) and result (what the post hook returned)')
  }
  return {
    source,
    service: textOf(members, 'service', source),
    method: textOf(members, 'method', source),
    parameters: listOf(members, source),
    protocol: members.has('protocol') ? textOf(members, 'protocol', source) : undefined,
    answer,
    result
  }
}

function membersOf(bytes: Buffer, source: string): Map<string, Buffer> {
  const members = new Map<string, Buffer>()
  try {
    const reader = new JsonReader(bytes)
    if (!reader.enterObject()) return members
    do {
      const key = reader.readKey()
      reader.peek()
      const start = reader.pos
      reader.skip()
      members.set(key, bytes.subarray(start, reader.pos))
    } while (reader.nextKey())
    reader.assertEnd()
  } catch (error) {
    throw bad(source, describe(error))
  }
  return members
}

function textOf(members: ReadonlyMap<string, Buffer>, key: string, source: string): string {
  const bytes = members.get(key)
  const reader = new JsonReader(bytes ?? Buffer.from('null'))
  if (reader.peek() === 'string') return reader.readString()
  throw bad(source, `${key}: found ${bytes?.toString('utf8', 0, 80) ?? 'nothing'}, expected a text`)
}

function listOf(members: ReadonlyMap<string, Buffer>, source: string): string[] | undefined {
  const bytes = members.get('parameters')
  if (bytes === undefined) return undefined
  const names: string[] = []
  const reader = new JsonReader(bytes)
  try {
    if (reader.enterArray()) {
      do names.push(reader.readString())
      while (reader.nextElement())
    }
  } catch (error) {
    throw bad(source, `parameters: expected a list of Java types: ${describe(error)}`)
  }
  return names
}

const bad = (source: string, text: string): AboxError =>
  new AboxError(serviceErrors.ABOX_SERVICE_SAMPLE, `${source}: ${text}`)
