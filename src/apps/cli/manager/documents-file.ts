import { readFile } from 'node:fs/promises'
import { text as readInput } from 'node:stream/consumers'
import { type Document, parseAllDocuments, visit } from 'yaml'
import { changedNumber } from '#contracts/kept-number'
import { type AnyDocument, KINDS, type KindRow, keyOf } from '#contracts/kinds'
import { AboxError, describe } from '#core/errors'
import { cliErrors } from '../errors.ts'

/** One document of a file. */
export interface FileDocument {
  readonly kind: KindRow
  readonly key: string
  /** Without what the manager writes itself: generation, changedBy, reason. */
  readonly body: AnyDocument
  /** That the file has, as `abox get` prints it: what was seen when it was edited. */
  readonly generation: number | undefined
  /** File and number, for messages. */
  readonly source: string
  /** The file, as it was given; names of others in it are relative to it. Of standard input: `-`. */
  readonly path: string
}

/** All documents of YAML or JSON files, in the order in which they can be made. Rejects with ABOX_CLI_DOCUMENT. */
export async function readDocumentFiles(paths: readonly string[]): Promise<FileDocument[]> {
  const found: FileDocument[] = []
  for (const path of paths) {
    const name = path === '-' ? 'standard input' : path
    const text = await (path === '-' ? readInput(process.stdin) : readFile(path, 'utf8')).catch((error: unknown) => {
      throw bad(`${name}: ${describe(error)}`)
    })
    for (const [index, document] of parseAllDocuments(text).entries()) {
      const source = `${name}, document ${index + 1}`
      const [problem] = document.errors
      if (problem !== undefined) throw bad(`${source}: ${problem.message.split('\n')[0]}`)
      refuseChanged(document, text, source)
      const value: unknown = document.toJS({ maxAliasCount: 100 })
      found.push(...readAll(value, path, source))
    }
  }
  const seen = new Map<string, string>()
  for (const { kind, key, source } of found) {
    const id = `${kind.kind} ${key}`
    const first = seen.get(id)
    if (first !== undefined) throw bad(`${source}: found ${id} again, which ${first} has already`)
    seen.set(id, source)
  }
  return found.sort((one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind))
}

/** A number that would be sent as another one. */
function refuseChanged(document: Document.Parsed, text: string, where: string): void {
  visit(document, {
    Scalar(_, { value, source = '', range }) {
      if (typeof value !== 'number') return
      const changed = Number.isFinite(value) ? changedNumber(source.replace('+', '')) : 'null'
      if (changed === undefined) return
      const line = text.slice(0, range?.[0]).split('\n').length
      const what = source.slice(0, 40)
      throw bad(
        `${where}, line ${line}: found ${what}, which would become ${changed}, expected a number that a double holds`
      )
    }
  })
}

/** One document, none in an empty part, or a list of them, as `abox get models -o yaml` prints it. */
function readAll(value: unknown, path: string, source: string): FileDocument[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) return [readOne(value, path, source)]
  return value.map((item, index) => readOne(item, path, `${source}, item ${index + 1}`))
}

function readOne(value: unknown, path: string, source: string): FileDocument {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${source}: expected keys`)
  const { generation, changedBy: _, reason: __, ...body } = value as Record<string, unknown>
  const kind = KINDS.find((names) => names.kind === body['kind'])
  if (kind === undefined) {
    throw bad(
      `${source}: kind: found ${JSON.stringify(body['kind'])}, expected ${KINDS.map((one) => one.kind).join(', ')}`
    )
  }
  const key = keyOf(body as AnyDocument)
  if (key === undefined) throw bad(`${source}: found no ${kind.kind === 'Service' ? 'interface' : 'name'}`)
  if (generation !== undefined && !Number.isSafeInteger(generation)) {
    throw bad(`${source}: generation: found ${JSON.stringify(generation)}, expected a whole number or none`)
  }
  return { kind, key, body: body as AnyDocument, generation: generation as number | undefined, source, path }
}

const bad = (text: string): AboxError => new AboxError(cliErrors.ABOX_CLI_DOCUMENT, text)
