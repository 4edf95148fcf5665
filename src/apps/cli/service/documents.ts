import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Document, parseAllDocuments } from 'yaml'
import { contractErrors } from '#contracts/errors'
import { type Model, modelChecker } from '#contracts/model'
import { type Service, serviceChecker } from '#contracts/service'
import { AboxError, describe } from '#core/errors'
import { serviceErrors } from './errors.ts'

/** One document of a YAML file. */
export interface FileDocument {
  /** `services.yaml (document 2)`, for messages. */
  readonly source: string
  readonly yaml: Document.Parsed
  /** The document as plain values; null for an empty one. */
  readonly value: unknown
  /** Where its text stands in the file, comments before it included. */
  readonly from: number
  readonly to: number
}

/** Reads a text file. ABOX_SERVICE_FILE. */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new AboxError(serviceErrors.ABOX_SERVICE_FILE, `${path}: ${describe(error)}`, { cause: error })
  })
}

/** A file, or the files of a folder with one of these endings, sorted. ABOX_SERVICE_FILE. */
export async function listFiles(path: string, ending: RegExp): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = (await readdir(path)).filter((name) => ending.test(name)).sort()
    return names.map((name) => join(path, name))
  } catch (error) {
    throw new AboxError(serviceErrors.ABOX_SERVICE_FILE, `${path}: ${describe(error)}`, { cause: error })
  }
}

/** The documents of a YAML text. Throws ABOX_DOCUMENT_INVALID for YAML that cannot be read. */
export function parseDocuments(text: string, path: string): FileDocument[] {
  const parsed = parseAllDocuments(text)
  let from = 0
  return (Array.isArray(parsed) ? parsed : []).map((yaml, index) => {
    const source = `${path} (document ${index + 1})`
    const problem = yaml.errors[0]
    if (problem !== undefined) throw invalid(`${source}: ${problem.message.split('\n')[0] ?? ''}`)
    const to = yaml.range[2]
    const document = { source, yaml, value: toValue(yaml, source), from, to }
    from = to
    return document
  })
}

function toValue(yaml: Document.Parsed, source: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 }) as unknown
  } catch (error) {
    throw invalid(`${source}: ${describe(error)}`)
  }
}

const kindOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined

/** The document as a Service; undefined for another kind. Throws ABOX_DOCUMENT_INVALID. */
export const asService = ({ value, source }: FileDocument): Service | undefined =>
  kindOf(value) === 'Service' ? serviceChecker.check(value, source) : undefined

/** The document as a Model; undefined for another kind. Throws ABOX_DOCUMENT_INVALID. */
export const asModel = ({ value, source }: FileDocument): Model | undefined =>
  kindOf(value) === 'Model' ? modelChecker.check(value, source) : undefined

const invalid = (text: string): AboxError => new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text)
