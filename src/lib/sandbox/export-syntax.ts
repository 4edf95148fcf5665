/**
 * What follows the word `export`, as far as it must be understood to take the word away:
 *
 *   export = 'export' ( list | 'default' … | '*' … | declaration )
 *   list   = '{' [ entry { ',' entry } [ ',' ] ] '}' [ 'from' … ]
 *   entry  = name [ 'as' name ]
 */
export interface ExportStatement {
  /** Where that ends which must be blanked: behind the word, or behind a list. */
  readonly end: number
  /** Exported name → local name. */
  readonly names: ReadonlyMap<string, string>
  /** What is not allowed here, as it was found; undefined when all is well. */
  readonly refused?: string
}

/** Each is matched alone and from one place, so that none can stretch over the end of a comment in search of a match. */
const BLANK = /\s+|\/\*[\s\S]*?\*\/|\/\/.*/y
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy
const TOKEN = /[\p{ID_Start}$_][\p{ID_Continue}$]*|[\s\S]/uy

/** Reads the export statement whose word `export` ends at `at`. */
export function readExport(script: string, at: number): ExportStatement {
  const names = new Map<string, string>()
  const first = skipBlanks(script, at)
  const token = match(TOKEN, script, first)
  if (token === 'default' || token === '*') return { end: at, names, refused: `export ${token}` }
  if (token !== '{') return { end: at, names }
  let here = skipBlanks(script, first + 1)
  while (script[here] !== '}') {
    const local = match(NAME, script, here)
    let behind = skipBlanks(script, here + local.length)
    let exported = local
    if (match(NAME, script, behind) === 'as') {
      const aliasAt = skipBlanks(script, behind + 2)
      exported = match(NAME, script, aliasAt)
      behind = skipBlanks(script, aliasAt + exported.length)
    }
    const separator = script[behind]
    if (local === '' || exported === '' || (separator !== ',' && separator !== '}')) {
      return { end: at, names, refused: script.slice(first, behind + 1) }
    }
    names.set(exported, local)
    here = separator === ',' ? skipBlanks(script, behind + 1) : behind
  }
  const end = here + 1
  return match(NAME, script, skipBlanks(script, end)) === 'from'
    ? { end, names, refused: 'export from' }
    : { end, names }
}

/** Whether the text is one name that can be written as it is. */
export function isName(text: string): boolean {
  return match(NAME, text, 0) === text
}

function skipBlanks(script: string, at: number): number {
  for (;;) {
    const blank = match(BLANK, script, at)
    if (blank === '') return at
    at += blank.length
  }
}

function match(pattern: RegExp, script: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(script)?.[0] ?? ''
}
