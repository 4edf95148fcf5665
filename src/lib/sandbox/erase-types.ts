import { stripTypeScriptTypes } from 'node:module'

/** Some of what TypeScript has. */
const TYPES = `type A<T> = { readonly a?: T[] } | null
const b = <T extends A<string>>(c: T, ...d: number[]): c is T => [d[0]! as unknown].some((e) => e !== \`\${c}\`)`

/** JavaScript with blanks where the types were. Throws SyntaxError, and at what is more than types. */
export function eraseTypes(source: string): string {
  return stripTypeScriptTypes(source)
}

/** The first time takes 35 ms, and the next with other syntax 5: better before there are calls that have to wait for it. */
export function warmUpEraser(): void {
  eraseTypes(TYPES)
}
