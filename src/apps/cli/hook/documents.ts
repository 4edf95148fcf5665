import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Document, isMap, isScalar, isSeq, stringify, type YAMLMap, type YAMLSeq } from 'yaml'
import { type Hook, hookChecker } from '#contracts/hook'
import { type CommandInput, textOption } from '#core/command'
import { AboxError, describe } from '#core/errors'
import { usage } from '../line-options.ts'
import { replaceFile } from '../replace-file.ts'
import { type FileDocument, parseDocuments } from '../service/documents.ts'
import { YAML_STYLE } from '../service/fresh.ts'
import { hookErrors } from './errors.ts'
import { fileError, hexOfCode } from './source.ts'
import { ALL_PPM } from './weights.ts'

/** One version of a hook with its share of calls. */
export interface WeighedVersion {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  readonly ppm: number
}

/** A version as a documents file has it. */
export interface DocumentVersion extends WeighedVersion {
  /** The code, where the document names it by a file, and that file. */
  readonly file?: { readonly path: string; readonly code: string }
}

/** A Hook document in the text of a documents file. */
export interface HookDocument {
  readonly hook: Hook
  readonly document: FileDocument
  readonly versions: readonly DocumentVersion[]
}

/** `--documents`. ABOX_CLI_USAGE, ABOX_HOOK_FILE. */
export async function documentsPath(input: CommandInput): Promise<string> {
  const path = textOption(input, 'documents')
  if (path === undefined) throw usage('found no --documents, expected the documents file of the gateway')
  const info = await stat(path).catch((error: unknown) => {
    throw fileError(path, describe(error), error)
  })
  if (info.isDirectory()) throw fileError(path, 'found a folder, expected the documents file that has the hook')
  return path
}

/** `--store`, else the folder `hooks` beside the documents. */
export function storePath(input: CommandInput, documents: string): string {
  return textOption(input, 'store') ?? join(dirname(documents), 'hooks')
}

/** ABOX_HOOK_FILE. */
export async function readDocumentsText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(path, describe(error), error)
  })
}

/** The Hook documents of a text, with the digests of versions that are named by file. ABOX_DOCUMENT_INVALID, ABOX_HOOK_FILE. */
export async function findHooks(text: string, path: string): Promise<HookDocument[]> {
  const found: HookDocument[] = []
  for (const document of parseDocuments(text, path)) {
    if ((document.value as { kind?: unknown } | null)?.kind !== 'Hook') continue
    const hook = hookChecker.check(document.value, document.source)
    const versions: DocumentVersion[] = []
    for (const version of hook.versions) versions.push(await readVersion(version, hook.versions.length, path))
    found.push({ hook, document, versions })
  }
  return found
}

/** As findHooks, of one name. ABOX_HOOK_VERSION. */
export async function findHook(text: string, path: string, name: string): Promise<HookDocument> {
  const all = await findHooks(text, path)
  const found = all.find(({ hook }) => hook.name === name)
  if (found !== undefined) return found
  const names = all.map(({ hook }) => hook.name).join(', ') || 'none'
  throw new AboxError(hookErrors.ABOX_HOOK_VERSION, `${path}: found no hook ${name}, expected one of: ${names}`)
}

async function readVersion(
  { digest, file, weight }: Hook['versions'][number],
  count: number,
  path: string
): Promise<DocumentVersion> {
  const ppm = weight ?? (count === 1 ? ALL_PPM : 0)
  if (file === undefined) return { digest: digest ?? '', ppm }
  const place = resolve(dirname(path), file)
  const code = await readFile(place, 'utf8').catch((error: unknown) => {
    throw fileError(place, `${path} names it as a version of a hook: ${describe(error)}`, error)
  })
  return { digest: `sha256:${hexOfCode(code)}`, ppm, file: { path: file, code } }
}

/** Who changed a document, and why. */
export interface Change {
  readonly by: string
  readonly reason: string
}

/**
 * The text with other versions in a Hook document, its `generation` one higher, and who and why. Entries of versions that
 * stay keep their comments and place; the other documents stay byte for byte.
 */
export function withVersions(
  text: string,
  { hook, document, versions: before }: HookDocument,
  versions: readonly WeighedVersion[],
  { by, reason }: Change
): string {
  const { yaml } = document
  const list = yaml.get('versions', true)
  if (!isSeq(list))
    throw new AboxError(hookErrors.ABOX_HOOK_VERSION, `${document.source}: versions is an alias, expected a list`)
  const entries = versions.map((version) => {
    const old = list.items[before.findIndex(({ digest }) => digest === version.digest)]
    return entryOf(yaml, list, isMap(old) ? old : undefined, version)
  })
  list.items = entries
  // One version a line: digests are long.
  if (entries.length > 1) list.flow = false
  setValue(yaml, 'generation', (hook.generation ?? 0) + 1)
  setValue(yaml, 'changedBy', by)
  setValue(yaml, 'reason', reason)
  hookChecker.check(yaml.toJS(), document.source)
  // The file's own habit: {a: b} or { a: b }.
  const style = { ...YAML_STYLE, flowCollectionPadding: /\{ \S/.test(text) || !/\{\S/.test(text) }
  return text.slice(0, document.from) + yaml.toString(style) + text.slice(document.to)
}

/** A version's own node where it has one: `file` becomes `digest`, so that editing the file changes nothing any more. */
function entryOf(yaml: Document, list: YAMLSeq, old: YAMLMap | undefined, { digest, ppm }: WeighedVersion): YAMLMap {
  if (old === undefined) {
    const entry = yaml.createNode({ digest, weight: ppm })
    entry.flow = list.flow ?? list.items.every((item) => isMap(item) && item.flow === true)
    return entry
  }
  const file = old.items.find((pair) => isScalar(pair.key) && pair.key.value === 'file')
  if (file !== undefined) {
    old.delete('digest')
    file.key = yaml.createNode('digest')
    if (isScalar(file.value)) file.value.value = digest
    else file.value = yaml.createNode(digest)
  }
  const weight = old.get('weight', true)
  if (isScalar(weight)) weight.value = ppm
  else old.set('weight', ppm)
  return old
}

/** In its place and with its comment, where the key is there. */
function setValue(yaml: Document, key: string, value: string | number): void {
  const node = yaml.get(key, true)
  if (isScalar(node)) node.value = value
  else yaml.set(key, value)
}

/** The text with a new Hook document at its end. ABOX_DOCUMENT_INVALID for a name that no document may have. */
export function withNewHook(text: string, name: string, digest: string, { by, reason }: Change): string {
  const versions = [{ digest, weight: ALL_PPM }]
  hookChecker.check({ kind: 'Hook', name, versions, changedBy: by, reason }, `hook ${JSON.stringify(name)}`)
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`
  const lines = [
    'kind: Hook',
    // In quotes where the bare word would be a number or another thing: 007, true.
    `name: ${stringify(name, { lineWidth: 0 }).trimEnd()}`,
    'versions:',
    `  - { digest: ${digest}, weight: ${ALL_PPM} }`,
    'generation: 1',
    `changedBy: ${JSON.stringify(by)}`,
    `reason: ${JSON.stringify(reason)}`
  ]
  return `${start}${start.trim() === '' || /(^|\n)---[ \t]*\n$/.test(start) ? '' : '---\n'}${lines.join('\n')}\n`
}

/**
 * Replaces the file in one step, as a gateway may be reading it; mode, owner and group stay. Throws ABOX_HOOK_LOCKED when it
 * no longer is what was read: somebody has saved it meanwhile, without the lock. ABOX_HOOK_FILE.
 */
export async function replaceDocuments(path: string, before: string, text: string): Promise<void> {
  // Of a link the file is replaced, not the link.
  const target = await realpath(path).catch(() => path)
  const check = async (): Promise<void> => {
    if ((await readDocumentsText(path)) === before) return
    throw new AboxError(
      hookErrors.ABOX_HOOK_LOCKED,
      `${path}: found another text than a moment ago; nothing was written`
    )
  }
  await replaceFile(target, text, { keepRights: true, check }).catch((error: unknown) => {
    throw error instanceof AboxError ? error : fileError(path, describe(error), error)
  })
}
