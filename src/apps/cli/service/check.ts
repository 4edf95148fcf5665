import { MAX_DOCUMENT_BYTES } from '#contracts/common'
import { contractErrors } from '#contracts/errors'
import { checkLimits } from '#contracts/limits-rules'
import { maskRefusal } from '#contracts/mask-rules'
import type { Model } from '#contracts/model'
import { checkModelRules } from '#contracts/model-rules'
import { type Method, type Service, serviceKey } from '#contracts/service'
import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { renderTable } from '#core/table'
import { createTypes, type JavaTypes, parseType } from '#lib/java-types'
import { compilePathRules, parsePath } from '#lib/json'
import { usage } from '../line-options.ts'
import { asModel, asService, listFiles, parseDocuments, readText } from './documents.ts'
import { consumerNotes, mergeNotes } from './notes.ts'
import { type CheckedService, proveSample, type SampleOutcome } from './prove.ts'
import { printable } from './report.ts'
import { readSamples } from './samples.ts'

/** A problem of a document, without any sample. */
interface DocumentProblem {
  readonly place: string
  readonly problem: string
}

/** `abox service check`: exit code 1 when a document or a sample fails. */
export async function runCheck(input: CommandInput, paths: readonly string[]): Promise<number> {
  if (paths.length === 0) throw usage('found no documents, expected files or folders of them')
  const { services, models, problems } = await load(paths)
  const samplesPath = textOption(input, 'samples')
  const samples = samplesPath === undefined ? [] : await readSamples(samplesPath)
  const outcomes = samples.map((sample) => proveSample(sample, services, models))
  const notes = services.flatMap(({ service, types }) => {
    if (types === undefined) return []
    const methods = service.methods.filter(({ returns }) => resolves(types, returns))
    const found = mergeNotes(methods.flatMap((method) => consumerNotes(method, types)))
    return found.map((note) => ({ service: serviceKey(service), ...note }))
  })
  const failed = problems.length > 0 || outcomes.some(({ ok }) => !ok)
  if (textOption(input, 'output') === 'json') {
    console.log(
      JSON.stringify({ ok: !failed, services: services.map(summaryOf), problems, samples: outcomes, notes }, null, 2)
    )
  } else {
    console.log(renderTable(services.map(summaryOf)))
    for (const { place, problem } of problems) console.log(printable(`FAIL  ${place}: ${problem}`))
    for (const outcome of outcomes) sayOutcome(outcome)
    for (const { service, place, consumers, what } of notes)
      console.log(`note  ${service} ${place}: ${consumers}: ${what}`)
  }
  return failed ? 1 : 0
}

function sayOutcome({ source, what, ok, lines }: SampleOutcome): void {
  console.log(`${ok ? 'ok   ' : 'FAIL '} ${source}: ${what}`)
  for (const line of lines) console.log(printable(`        ${line}`))
}

const summaryOf = ({ service, types }: CheckedService): Record<string, string | number> => ({
  service: serviceKey(service),
  methods: service.methods.length,
  classes: Object.keys(service.types ?? {}).length,
  types: types === undefined ? 'FAIL' : 'ok'
})

interface Loaded {
  readonly services: CheckedService[]
  readonly models: ReadonlyMap<string, Model>
  readonly problems: DocumentProblem[]
}

/** Documents that are no Service and no Model, such as hooks, are passed over. */
async function load(paths: readonly string[]): Promise<Loaded> {
  const services: CheckedService[] = []
  const models = new Map<string, Model>()
  const problems: DocumentProblem[] = []
  for (const path of paths) {
    for (const file of await listFiles(path, /\.ya?ml$/)) {
      for (const document of parseDocuments(await readText(file), file)) {
        const attempt = <T>(run: () => T): T | undefined => attemptAt(document.source, problems, run)
        const model = attempt(() => asModel(document))
        if (model !== undefined) {
          models.set(model.name, model)
          attempt(() => checkModelRules(model, `model ${model.name}`))
        }
        const service = attempt(() => asService(document))
        if (service !== undefined) services.push(checkService(service, document.source, problems))
      }
    }
  }
  if (services.length === 0 && problems.length === 0) {
    throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `${paths.join(', ')}: found no Service document`)
  }
  return { services, models, problems }
}

/** Everything that a gateway would refuse the document for, all at once; but for what other documents have to do with it. */
function checkService(service: Service, source: string, problems: DocumentProblem[]): CheckedService {
  const bytes = Buffer.byteLength(JSON.stringify(service))
  if (bytes > MAX_DOCUMENT_BYTES) {
    problems.push({ place: source, problem: `found ${bytes} bytes as JSON, expected at most ${MAX_DOCUMENT_BYTES}` })
  }
  const types = attemptAt(source, problems, () => createTypes(service.types ?? {}))
  attemptAt(source, problems, () => checkLimits(`service ${serviceKey(service)}`, service.limits))
  attemptAt(source, problems, () => checkMask(service))
  const unbound = service.methods.filter(({ model, modelFrom }) => (model === undefined) === (modelFrom === undefined))
  if (unbound.length > 0) {
    const names = [...new Set(unbound.map(({ name }) => name))].join(', ')
    problems.push({ place: source, problem: `methods ${names}: expected exactly one of model and modelFrom on each` })
  }
  for (const method of service.methods) {
    const place = `${source}: method ${method.name}`
    const twins = service.methods.filter(({ name }) => name === method.name)
    if (twins.length > 1 && method.parameters === undefined) {
      problems.push({ place, problem: 'found twice, expected `parameters` on each overload' })
    }
    attemptAt(place, problems, () => method.output !== undefined && parsePath(method.output))
    attemptAt(place, problems, () => method.input !== undefined && parsePath(method.input))
    const { modelFrom = '' } = method
    if (!modelFrom.startsWith('attachments.')) attemptAt(place, problems, () => parsePath(modelFrom))
    attemptAt(place, problems, () => method.parameters?.map((text) => parseType(text, 'parameters')))
    attemptAt(place, problems, () => checkLimits(`method ${method.name}`, method.limits))
    attemptAt(place, problems, () => checkMask(method))
    if (types !== undefined) checkTypes(method, types, place, problems)
  }
  return { service, types }
}

function checkMask({ record }: Pick<Method, 'record'>): void {
  const refusal = maskRefusal(record?.mask ?? [], compilePathRules)
  if (refusal !== undefined) throw new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, `record: ${refusal}`)
}

function checkTypes(method: Method, types: JavaTypes, place: string, problems: DocumentProblem[]): void {
  attemptAt(place, problems, () => method.returns !== undefined && types.resolve(method.returns))
  for (const name of method.throws ?? []) {
    if (!types.has(name)) problems.push({ place, problem: `throws: found ${name}, expected it under \`types\`` })
  }
}

function attemptAt<T>(place: string, problems: DocumentProblem[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    problems.push({ place, problem: AboxError.from(error).message })
    return undefined
  }
}

function resolves(types: JavaTypes, text: string | undefined): boolean {
  try {
    if (text !== undefined) types.resolve(text)
    return true
  } catch {
    return false
  }
}
