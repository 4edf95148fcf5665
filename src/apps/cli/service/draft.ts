import { AboxError } from '#core/errors'
import { createTypes, javaTypeErrors, type TypeDefinitions } from '#lib/java-types'

/** What Java says of one interface, wherever it was read: everything of a Service document but what a person decides. */
export interface ServiceDraft {
  readonly interface: string
  readonly version?: string | undefined
  readonly group?: string | undefined
  readonly methods: readonly DraftMethod[]
  /** By class name, sorted. */
  readonly types: TypeDefinitions
  /** Files or nodes that it was read from, for messages. */
  readonly source: string
  /** True when the source leaves things out: then it never replaces something that says more. */
  readonly lossy: boolean
  /** What could not be taken over, one sentence each, with the place. */
  readonly warnings: readonly string[]
}

export interface DraftMethod {
  readonly name: string
  /** Java names without type arguments, as the descriptor of a typed call spells them. */
  readonly parameters: readonly string[]
  /** With type arguments, for what the method takes. */
  readonly parameterTypes: readonly string[]
  readonly overloaded: boolean
  /** With type arguments; what a future holds, not the future. */
  readonly returns: string
  readonly throws: readonly string[]
  /** Java declares a future of the result. */
  readonly later: boolean
}

const jdk = createTypes({})
const known = new Map<string, string | undefined>()

/** Whether a class is one of Java's own that ABox writes without a description. Those that need type arguments are. */
export const isKnownClass = (name: string): boolean => whyUnknown(name) === undefined

/** Why a class has to be described or cannot be written at all; undefined where neither is so. */
export function whyUnknown(name: string): string | undefined {
  if (!known.has(name)) known.set(name, findWhy(name))
  return known.get(name)
}

function findWhy(name: string): string | undefined {
  try {
    jdk.resolve(name)
    return undefined
  } catch (error) {
    const { code, message } = AboxError.from(error)
    // An EnumSet is known, and does not stand alone.
    if (code === javaTypeErrors.ABOX_TYPE_SYNTAX.code) return undefined
    return / is refused: (.*)$/s.exec(message)?.[1] ?? 'a class of Java that ABox does not write'
  }
}

/** `java.util.concurrent.CompletableFuture` and its like: ABox answers with what they hold. */
export const isFuture = (name: string): boolean =>
  /^java\.util\.concurrent\.(CompletableFuture|CompletionStage|Future)$/.test(name)

export const isJdkName = (name: string): boolean => /^(java|javax|jdk|sun|com\.sun)\./.test(name)

/** Methods in the order of their names, overloads in that of their parameters. */
export function sortMethods<T extends { readonly name: string; readonly parameters?: readonly string[] | undefined }>(
  methods: readonly T[]
): T[] {
  const key = ({ name, parameters }: T): string => `${name}(${parameters?.join(',') ?? ''}`
  return [...methods].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

export const sortTypes = (types: TypeDefinitions): TypeDefinitions =>
  Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)))
