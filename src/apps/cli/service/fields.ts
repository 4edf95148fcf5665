import {
  ACCESS,
  type ClassFile,
  type ClassPath,
  parseClassSignature,
  parseFieldSignature,
  type SignatureType
} from '#lib/class-files'
import { type Bindings, bindingsOf, substitute } from './generics.ts'
import { parametersOf } from './methods.ts'

/** A class as its objects travel. */
export interface FlatClass {
  readonly name: string
  /** In terms of the class's own type parameters; the fields of the superclass come first. */
  readonly fields: ReadonlyMap<string, SignatureType>
  /** The first superclass that is in no jar: java.lang.Object for an ordinary bean. */
  readonly root: string
}

const ROOTS = new Set(['java.lang.Object', 'java.lang.Record'])
const MAX_DEPTH = 64

/** Whether the superclass chain ends in one of Java's own exceptions. */
export const isException = ({ root }: FlatClass): boolean =>
  root === 'java.lang.Throwable' || /^java\..*(Exception|Error)$/.test(root)

/** Whether the class adds nothing to `root` but fields of its own. */
export const isPlainRoot = (flat: FlatClass): boolean => ROOTS.has(flat.root) || isException(flat)

/**
 * The fields of a class and of all its superclasses, as Hessian writes them: not the static, transient and compiler-made
 * ones; a name that a subclass repeats stays at its first place and has the type of the subclass. Throws ABOX_CLASS_….
 */
export function flattenClass(path: ClassPath, file: ClassFile): FlatClass {
  const levels: { file: ClassFile; bindings: Bindings }[] = []
  let at: ClassFile | undefined = file
  let bindings: Bindings = new Map()
  let root = 'java.lang.Object'
  while (at !== undefined && levels.length < MAX_DEPTH) {
    levels.push({ file: at, bindings })
    const parent = substitute(superclassOf(path, at), bindings)
    root = parent.kind === 'class' ? parent.name : root
    at = path.find(root)
    bindings = bindingsOf(at === undefined ? [] : parametersOf(path, root), parent)
  }
  const fields = new Map<string, SignatureType>()
  for (const level of levels.reverse()) {
    for (const { name, access, descriptor, signature } of level.file.fields) {
      if ((access & (ACCESS.static | ACCESS.transient | ACCESS.synthetic)) !== 0) continue
      const where = `${path.where(level.file.name)}: field ${JSON.stringify(name)}`
      fields.set(name, substitute(parseFieldSignature(signature ?? descriptor, where), level.bindings))
    }
  }
  return { name: file.name, fields, root }
}

function superclassOf(path: ClassPath, file: ClassFile): SignatureType {
  if (file.signature !== undefined) return parseClassSignature(file.signature, path.where(file.name)).superclass
  return { kind: 'class', name: file.superName ?? 'java.lang.Object', args: [] }
}

/** The constants of an enum, in order. Constants with a body are of a class of their own and stand here all the same. */
export const enumConstants = (file: ClassFile): string[] =>
  file.fields.filter(({ access }) => (access & ACCESS.enum) !== 0).map(({ name }) => name)

export const isEnum = (file: ClassFile): boolean => (file.access & ACCESS.enum) !== 0
