import type { Model } from '#contracts/model'
import { type Method, type Service, serviceKey } from '#contracts/service'
import { AboxError } from '#core/errors'
import { decodeBytes, HessianWriter, writeJsonAs } from '#lib/hessian2'
import type { JavaType, JavaTypes } from '#lib/java-types'
import { JsonReader, parsePath } from '#lib/json'
import { findResult, type ModelProtocol } from '#lib/model-protocols'
import { serviceErrors } from './errors.ts'
import { readTree } from './json-tree.ts'
import { omissionsOf, readBack } from './read-back.ts'
import type { Sample } from './samples.ts'

/** A Service document and its types; none when they do not resolve. */
export interface CheckedService {
  readonly service: Service
  readonly types: JavaTypes | undefined
}

export interface SampleOutcome {
  readonly source: string
  /** Service, method and type. */
  readonly what: string
  readonly ok: boolean
  /** What differs, or what is worth knowing. */
  readonly lines: readonly string[]
}

const PROTOCOLS: readonly string[] = ['tensorflow', 'seldon', 'v2', 'raw'] satisfies ModelProtocol[]
const FORMS = ['maps', 'objects'] as const
const MOST_LINES = 20

/**
 * Writes the result of a sample as the gateway would, in the form for each kind of consumer, and reads it back. Nothing is
 * thrown: whatever is wrong with sample, document or result is the outcome.
 */
export function proveSample(
  sample: Sample,
  services: readonly CheckedService[],
  models: ReadonlyMap<string, Model>
): SampleOutcome {
  const { source } = sample
  const name = `${sample.service} ${sample.method}`
  try {
    const { service, types } = findService(sample, services)
    const method = findMethod(sample, service)
    if (types === undefined) return { source, what: `${name}: its types do not resolve`, ok: false, lines: [] }
    const type = types.resolve(method.returns ?? 'java.lang.Object')
    const what = `${name} as ${type.text}`
    if (type.kind === 'void') return { source, what, ok: true, lines: ['nothing of the answer is used'] }
    const result = resultOf(sample, method, models)
    const failures = FORMS.flatMap((form) => prove(type, result, form))
    const lines = failures.length > 0 ? failures.slice(0, MOST_LINES) : remarks(type, result, sample, method)
    return { source, what, ok: failures.length === 0, lines }
  } catch (error) {
    return { source, what: name, ok: false, lines: [AboxError.from(error).message] }
  }
}

function prove(type: JavaType, result: Buffer, form: 'maps' | 'objects'): string[] {
  const writer = new HessianWriter()
  try {
    writeJsonAs(new JsonReader(result), type, writer, form)
  } catch (error) {
    const { message } = AboxError.from(error)
    return [`written as ${form}: ${message}`]
  }
  const value = decodeBytes(Buffer.from(writer.take()))[0] ?? null
  return readBack(type, readTree(new JsonReader(result)), value, form === 'objects').map(
    ({ path, found, expected }) => `read back from ${form}: ${path}: found ${found}, expected ${expected}`
  )
}

function remarks(type: JavaType, result: Buffer, sample: Sample, method: Method): string[] {
  const { ignored, absent } = omissionsOf(type, readTree(new JsonReader(result)))
  const list = (names: ReadonlySet<string>): string => [...names].slice(0, MOST_LINES).join(', ')
  return [
    ...(ignored.size > 0 ? [`keys that no field has, left out: ${list(ignored)}`] : []),
    ...(absent.size > 0 ? [`fields that the answer does not have, null or 0 in Java: ${list(absent)}`] : []),
    ...(method.hook !== undefined && sample.answer !== undefined
      ? [`hook ${method.hook} is not run here; if it has a post function, give what that returns as "result"`]
      : [])
  ]
}

function findService(sample: Sample, services: readonly CheckedService[]): CheckedService {
  const exact = services.find(({ service }) => serviceKey(service) === sample.service)
  const fitting = services.filter(({ service }) => service.interface === sample.service)
  const only = exact ?? (fitting.length === 1 ? fitting[0] : undefined)
  if (only !== undefined) return only
  const names = services.map(({ service }) => serviceKey(service)).join(', ')
  throw bad(sample, `service: found ${sample.service}, expected one of ${names}`)
}

function findMethod(sample: Sample, service: Service): Method {
  const named = service.methods.filter(({ name }) => name === sample.method)
  const fitting = named.filter(
    ({ parameters }) => sample.parameters === undefined || parameters?.join() === sample.parameters.join()
  )
  if (fitting[0] !== undefined && fitting.length === 1) return fitting[0]
  if (named.length > 1)
    throw bad(sample, `method ${sample.method} is overloaded: expected the \`parameters\` of one of them`)
  const names = [...new Set(service.methods.map(({ name }) => name))].join(', ')
  throw bad(sample, `method: found ${sample.method}, expected one of ${names}`)
}

/** The part of the model's answer that becomes the result: at `output`, or at the place of the protocol. */
function resultOf(sample: Sample, method: Method, models: ReadonlyMap<string, Model>): Buffer {
  if (sample.result !== undefined) return sample.result
  const body = sample.answer ?? Buffer.from('null')
  const output = method.output === undefined ? undefined : parsePath(method.output)
  const protocols = output === undefined ? protocolsOf(sample, method, models) : (['raw'] as const)
  let failure: unknown
  for (const protocol of protocols) {
    try {
      const reader = findResult(protocol, body, output)
      const start = reader.pos
      reader.skip()
      return body.subarray(start, reader.pos)
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

/** The sample's own, else those of the model's variants: the first that finds a result counts. */
function protocolsOf(sample: Sample, method: Method, models: ReadonlyMap<string, Model>): readonly ModelProtocol[] {
  const { protocol } = sample
  if (protocol !== undefined) {
    if (PROTOCOLS.includes(protocol)) return [protocol as ModelProtocol]
    throw bad(sample, `protocol: found ${protocol}, expected one of ${PROTOCOLS.join(', ')}`)
  }
  const model = method.model === undefined ? undefined : models.get(method.model)
  if (model !== undefined) return [...new Set(model.variants.map((variant) => variant.protocol))]
  throw bad(
    sample,
    `found no Model document ${method.model ?? 'for it'}, expected it beside the service or a \`protocol\` in the sample`
  )
}

const bad = (sample: Sample, text: string): AboxError =>
  new AboxError(serviceErrors.ABOX_SERVICE_SAMPLE, `${sample.source}: ${text}`)
