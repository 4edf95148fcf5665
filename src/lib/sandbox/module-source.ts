import ivm from 'isolated-vm'
import { AboxError } from '#core/errors'
import { eraseTypes } from './erase-types.ts'
import { sandboxErrors } from './errors.ts'
import { isName, readExport } from './export-syntax.ts'
import { SOURCE_NAME } from './frames.ts'
import type { Isolates } from './isolates.ts'

export type Language = 'js' | 'ts'

/** Room for V8 to parse in; a source is at most MAX_SOURCE characters. */
const PARSER_MB = 64
const MAX_SOURCE = 1024 * 1024
/** Those in code take one look of V8 each, from there on. */
const MAX_EXPORT_WORDS = 1000

/**
 * Words that make a promise, or reach for another module. Not those behind one point (`x.import`; but `...import()` has
 * three) nor those before a colon (`{ async: 1 }`), which are names of fields.
 */
const REFUSED_WORDS = /(?<![^.]\.)\b(?:async|await|import)\b(?!\s*:)/g
const EXPORT_WORD = /(?<![^.]\.)\bexport\b(?!\s*:)/g

/** Throws ABOX_HOOK_COMPILE for a source that is too large to be looked at. */
export function refuseLarge(source: string, name: string): void {
  if (source.length <= MAX_SOURCE) return
  throw refuse(name, `the source has ${source.length} characters, at most ${MAX_SOURCE} are allowed`)
}

/**
 * Turns the source of a module into the source of a module whose only export, `main`, runs it and returns its exports.
 * Lines and columns stay where they were when it is compiled with `lineOffset: -1`.
 *
 * The reason: what the top-level code of a module throws is read by isolated-vm outside every time limit, so that
 * `throw { get message() { for (;;); } }` would never end; what a function throws, the guest catches.
 *
 * V8 itself tells code from text, no second parser does: a word is replaced by `@@`, which may stand in a string,
 * comment, template or regular expression but nowhere in code. If it still parses, the word was text.
 *
 * Throws ABOX_HOOK_COMPILE with `name:line:column`.
 */
export async function prepareSource(
  source: string,
  name: string,
  language: Language,
  isolates?: Isolates
): Promise<string> {
  const script = language === 'ts' ? await stripTypes(source, name, isolates) : source
  refuseLarge(script, name)
  const isolate = (await isolates?.make(PARSER_MB)) ?? new ivm.Isolate({ memoryLimit: PARSER_MB })
  try {
    await compile(isolate, script, name)
    await refuseWords(isolate, script, name)
    const { body, locals } = await withoutExports(isolate, script, name)
    const exported = await exportedNames(isolate, script, name)
    const entries = exported.map((item) => `[${JSON.stringify(item)}]: ${localName(item, locals, name)}`)
    // What is a module by itself has its braces in pairs and so cannot leave the function that it is put into.
    await compile(isolate, body, name)
    const wrapped = `export const main = () => {\n${body}\n;return { __proto__: null, ${entries.join(', ')} } }`
    await compile(isolate, wrapped, name, -1)
    return wrapped
  } catch (error) {
    if (isolate.isDisposed) throw refuse(name, `to parse it takes more than ${PARSER_MB} MB`)
    throw error
  } finally {
    if (!isolate.isDisposed) isolate.dispose()
  }
}

/** Compile errors of the isolate with our name and their place in front. */
async function compile(isolate: ivm.Isolate, text: string, name: string, lineOffset = 0): Promise<ivm.Module> {
  try {
    return await isolate.compileModule(text, { filename: SOURCE_NAME, lineOffset })
  } catch (error) {
    const { what, place } = syntaxError(error)
    throw refuse(name, what, place)
  }
}

/** V8's message ends with ` [sandbox:source:3:14]`, or ` [<isolated-vm>:0:0]` where it has no place. */
function syntaxError(error: unknown): { what: string; place: string } {
  const message = error instanceof Error ? error.message : String(error)
  const found = /^(.*) \[(?:sandbox:source:(\d+:\d+)|<isolated-vm>:0:0)\]$/s.exec(message)
  return { what: found?.[1] ?? message, place: found?.[2] ?? '' }
}

/**
 * Where the text, which differs from a valid one by `@@`, stops being valid; undefined when it does not. `lines` and `columns`:
 * what stands before it in the file.
 */
async function placeOfCode(isolate: ivm.Isolate, text: string, lines = 0, columns = 0): Promise<string | undefined> {
  try {
    const module = await isolate.compileModule(text, {
      filename: SOURCE_NAME,
      lineOffset: lines,
      columnOffset: columns
    })
    module.release()
    return undefined
  } catch (error) {
    if (isolate.isDisposed) throw error
    return syntaxError(error).place
  }
}

async function refuseWords(isolate: ivm.Isolate, script: string, name: string): Promise<void> {
  const masked = script.replace(REFUSED_WORDS, (word) => '@'.repeat(word.length))
  if (masked === script) return
  const place = await placeOfCode(isolate, masked)
  if (place === undefined) return
  // V8 may point at the beginning of the statement; the word is the first one from there.
  const from = offsetOf(script, place)
  for (const { 0: word, index } of script.matchAll(REFUSED_WORDS)) {
    if (index < from) continue
    const before = script.slice(0, index).split('\n')
    const exact = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
    throw refuse(
      name,
      `found '${word}', but a hook is one file without imports and its functions are synchronous`,
      exact
    )
  }
  throw refuse(name, 'a hook is one file without imports and its functions are synchronous', place)
}

function offsetOf(script: string, place: string): number {
  const [line = 1, column = 1] = place.split(':').map(Number)
  const before = script.split('\n').slice(0, line - 1)
  return before.join('\n').length + (before.length > 0 ? 1 : 0) + column - 1
}

/**
 * The script with its exports made plain declarations, and the local names of those exported by a list.
 *
 * V8 stops at the first masked word that is code. An export is a statement of the module itself, so what follows it is a
 * module, too, and is looked at alone: all looks together read the source once.
 */
async function withoutExports(
  isolate: ivm.Isolate,
  script: string,
  name: string
): Promise<{ body: string; locals: Map<string, string> }> {
  const locals = new Map<string, string>()
  const words = new Set(Array.from(script.matchAll(EXPORT_WORD), ({ index }) => index))
  if (words.size > MAX_EXPORT_WORDS) {
    throw refuse(name, `found the word export ${words.size} times, at most ${MAX_EXPORT_WORDS} are allowed`)
  }
  const masked = script.replace(EXPORT_WORD, '@@@@@@')
  const starts = lineStarts(script)
  let body = ''
  let from = 0
  let line = 0
  let last = ''
  for (;;) {
    while (starts[line + 1] !== undefined && (starts[line + 1] as number) <= from) line++
    const place = await placeOfCode(isolate, masked.slice(from), line, from - (starts[line] as number))
    if (place === undefined) return { body: body + script.slice(from), locals }
    const [foundLine = 0, foundColumn = 0] = place.split(':').map(Number)
    const index = (starts[foundLine - 1] ?? 0) + foundColumn - 1
    // The last word was no statement, but such as a method of that name.
    if (index < from || !words.has(index)) throw refuse(name, "found 'export', which cannot be a name here", last)
    last = place
    const { end, names, refused } = readExport(script, index + 'export'.length)
    if (refused !== undefined) {
      throw refuse(name, `found '${refused}', expected exports by name of what this file declares`, place)
    }
    for (const [exported, local] of names) locals.set(exported, local)
    body += script.slice(from, index) + script.slice(index, end).replace(/[^\r\n\u2028\u2029]/g, ' ')
    from = end
  }
}

/** Where lines begin, as V8 counts them. */
function lineStarts(script: string): number[] {
  return [0, ...Array.from(script.matchAll(/\r\n|[\n\r\u2028\u2029]/g), ({ 0: end, index }) => index + end.length)]
}

/** V8 knows the names; so that it tells them without running any of the module, its first statement throws. */
async function exportedNames(isolate: ivm.Isolate, script: string, name: string): Promise<string[]> {
  const context = await isolate.createContext()
  const module = await compile(isolate, `throw 0;${script}`, name)
  await module.instantiate(context, () => {
    throw new Error('unreachable: imports were refused')
  })
  await module.evaluate().catch(() => undefined)
  const list = await context.eval(
    '(ns) => JSON.stringify(Reflect.ownKeys(ns).filter((key) => typeof key === "string"))',
    {
      reference: true
    }
  )
  return JSON.parse(String(await list.apply(undefined, [module.namespace.derefInto()]))) as string[]
}

function localName(exported: string, locals: ReadonlyMap<string, string>, name: string): string {
  const local = locals.get(exported) ?? exported
  if (!isName(local)) throw refuse(name, `cannot export the name ${JSON.stringify(exported)}`)
  return local
}

/** The source as JavaScript, lines and columns where they were. Throws ABOX_HOOK_COMPILE, _PROCESS, _DISPOSED. */
export async function stripTypes(source: string, name: string, isolates?: Isolates): Promise<string> {
  refuseLarge(source, name)
  const erased = await (isolates?.erase(source) ?? eraseTypes(source))
  if ('script' in erased) return erased.script
  throw refuse(name, erased.what, erased.line)
}

/** ABOX_HOOK_COMPILE about the module called `name`, at `place` (`line:column`, `line` or ''). */
export function refuse(name: string, what: string, place = ''): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_COMPILE, `${name}${place === '' ? '' : `:${place}`}: ${what}`)
}
