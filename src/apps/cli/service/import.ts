import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Service, serviceKey } from '#contracts/service'
import { type CommandInput, textOption, textOptions } from '#core/command'
import { AboxError, describe } from '#core/errors'
import { type ClassPath, type JarBytes, openJars } from '#lib/class-files'
import { createTypes, type TypeDefinitions } from '#lib/java-types'
import { usage } from '../line-options.ts'
import { differences } from './differences.ts'
import { asService, parseDocuments, readText } from './documents.ts'
import type { ServiceDraft } from './draft.ts'
import { serviceErrors } from './errors.ts'
import { type Decisions, freshService, freshText } from './fresh.ts'
import { draftFromJars, serviceInterfaces } from './from-jars.ts'
import { type MergedService, mergeInto } from './merge.ts'
import { draftsFromRegistry } from './registry.ts'
import { notesOf, renderDifferences, renderRemarks, type ServiceReport } from './report.ts'

/** `abox service import`: prints Service documents, or works them into a file. Exit code 1 only with --fail-on-breaking. */
export async function runImport(input: CommandInput, jars: readonly string[]): Promise<number> {
  const into = textOption(input, 'into')
  const decisions: Decisions = { model: textOption(input, 'model'), reason: textOption(input, 'reason') }
  const before = into === undefined ? '' : await existingText(into)
  const drafts = await findDrafts(input, jars, servicesOf(before, into ?? ''))
  if (into === undefined) return print(input, drafts, decisions)
  let text = before
  const reports: ServiceReport[] = []
  for (const draft of drafts) {
    const merged = mergeInto(text, into, draft, decisions)
    text = merged.text
    for (const each of merged.services) {
      checkTypes(each.after)
      reports.push(reportOf(draft, each, into))
    }
  }
  const dryRun = input.options['dry-run'] === true
  const changed = text !== before
  if (changed && !dryRun) await save(into, before, text)
  sayMerged(input, reports, { into, changed, dryRun, existed: before !== '' })
  const breaks = reports.some((report) => report.differences.some((difference) => difference.breaks))
  return breaks && input.options['fail-on-breaking'] === true ? 1 : 0
}

function reportOf(draft: ServiceDraft, { before, after, left }: MergedService, into: string): ServiceReport {
  const added = before === undefined
  const still = after.methods.filter(({ model, modelFrom }) => model === undefined && modelFrom === undefined)
  const names = [...new Set(still.map(({ name }) => name))].join(', ')
  return {
    service: serviceKey(after),
    source: added ? `${into}, which did not have it` : into,
    differences: before === undefined ? [] : differences(before, draft),
    left:
      names === '' ? left : [...left, `no gateway takes the document until a model answers ${names} (--model NAME)`],
    notes: notesOf(draft, after),
    warnings: draft.warnings
  }
}

function sayMerged(
  input: CommandInput,
  reports: readonly ServiceReport[],
  result: { into: string; changed: boolean; dryRun: boolean; existed: boolean }
): void {
  const { into, changed, dryRun, existed } = result
  if (textOption(input, 'output') === 'json') {
    console.log(JSON.stringify({ file: into, changed, written: changed && !dryRun, services: reports }, null, 2))
    return
  }
  for (const report of reports) {
    console.log(renderDifferences(report))
    const remarks = renderRemarks(report)
    if (remarks !== '') console.log(remarks)
  }
  if (!changed) console.log(`${into} says all of it already; nothing was written`)
  else if (dryRun) console.log(`${into} would be changed; nothing was written because of --dry-run`)
  else if (existed) console.log(`${into} is changed; to undo it: mv ${into}~ ${into}`)
  else console.log(`${into} is written`)
}

function print(input: CommandInput, drafts: readonly ServiceDraft[], decisions: Decisions): number {
  const services = drafts.map((draft) => freshService(draft, decisions))
  for (const service of services) checkTypes(service)
  if (textOption(input, 'output') === 'json') console.log(JSON.stringify(services, null, 2))
  else console.log(services.map(freshText).join('---\n').trimEnd())
  for (const [index, draft] of drafts.entries()) {
    const service = services[index] as Service
    const remarks = { notes: notesOf(draft, service), warnings: draft.warnings, left: [] }
    const text = renderRemarks({ service: serviceKey(service), source: draft.source, differences: [], ...remarks })
    if (text !== '') console.error(text)
  }
  return 0
}

/** What is printed or written must be what a gateway resolves. Throws ABOX_TYPE_…. */
function checkTypes(service: Service): void {
  const types = createTypes(service.types ?? {})
  for (const { returns } of service.methods) if (returns !== undefined) types.resolve(returns)
}

async function findDrafts(
  input: CommandInput,
  jars: readonly string[],
  existing: readonly Service[]
): Promise<ServiceDraft[]> {
  const registry = textOption(input, 'from-registry')
  const service = textOption(input, 'service')
  if (registry !== undefined) {
    if (jars.length > 0) throw usage('found jars and --from-registry, expected one of them')
    if (service === undefined) throw usage('--from-registry: found no --service, expected the interface')
    return draftsFromRegistry({ address: registry, service, application: textOption(input, 'application') })
  }
  if (jars.length === 0) throw usage('found no jar and no --from-registry, expected one of them')
  const path = openJars(await Promise.all(jars.map(readJar)))
  const source = jars.map((jar) => basename(jar)).join(', ')
  const described = (name: string): TypeDefinitions =>
    Object.fromEntries(
      existing.filter((known) => known.interface === name).flatMap(({ types = {} }) => Object.entries(types))
    )
  return interfacesOf(input, path, source, existing).map((name) => draftFromJars(path, name, source, described(name)))
}

/** Those that were asked for, else those that the file has already, else all that the first jar offers. */
function interfacesOf(
  input: CommandInput,
  path: ClassPath,
  source: string,
  existing: readonly Service[]
): readonly string[] {
  const asked = [...textOptions(input, 'interface'), ...(textOption(input, 'service')?.split(',') ?? [])]
  const missing = asked.find((name) => path.find(name) === undefined)
  const offered = (): string[] => serviceInterfaces(path)
  if (missing !== undefined) {
    throw new AboxError(
      serviceErrors.ABOX_SERVICE_INTERFACE,
      `${source}: found no ${missing}, expected one of ${offered().slice(0, 20).join(', ') || 'its interfaces, of which it has none'}`
    )
  }
  if (asked.length > 0) return asked
  const known = [...new Set(existing.map((service) => service.interface))].filter(
    (name) => path.find(name) !== undefined
  )
  if (known.length > 0) return known
  const all = offered()
  if (all.length > 0) return all
  throw new AboxError(
    serviceErrors.ABOX_SERVICE_INTERFACE,
    `${source}: found no public interface with methods, expected a service; --interface NAME takes one of a further jar`
  )
}

const MAX_JAR_BYTES = 256 * 1024 * 1024

async function readJar(path: string): Promise<JarBytes> {
  try {
    const { size } = await stat(path)
    if (size <= MAX_JAR_BYTES) return { name: basename(path), bytes: await readFile(path) }
  } catch (error) {
    throw new AboxError(serviceErrors.ABOX_SERVICE_FILE, `${path}: ${describe(error)}`, { cause: error })
  }
  throw new AboxError(serviceErrors.ABOX_SERVICE_FILE, `${path}: found more than ${MAX_JAR_BYTES} bytes`)
}

function servicesOf(text: string, path: string): Service[] {
  return parseDocuments(text, path).flatMap((document) => asService(document) ?? [])
}

/** A file that is not there yet is written as a new one. */
async function existingText(path: string): Promise<string> {
  const there = await stat(path).then(
    (info) => info.isFile(),
    () => undefined
  )
  if (there === undefined) return ''
  if (there) return readText(path)
  throw new AboxError(serviceErrors.ABOX_SERVICE_FILE, `${path}: found a folder, expected a file`)
}

/**
 * The previous text stays beside it: the command cannot take an import back. The file is replaced in one step, because a
 * gateway may be reading it.
 */
async function save(path: string, before: string, text: string): Promise<void> {
  try {
    if (before !== '') await writeFile(`${path}~`, before)
    await writeFile(`${path}.new`, text)
    await rename(`${path}.new`, path)
  } catch (error) {
    throw new AboxError(serviceErrors.ABOX_SERVICE_FILE, `${path}: ${describe(error)}`, { cause: error })
  }
}
