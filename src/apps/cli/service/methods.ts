import {
  ACCESS,
  type ClassFile,
  type ClassMember,
  type ClassPath,
  parseClassSignature,
  parseMethodSignature,
  type SignatureType,
  type TypeParameter
} from '#lib/class-files'
import { type Bindings, bindingsOf, eraseType, OBJECT, substitute } from './generics.ts'

/** A method that a consumer of the interface can call, in the types of that interface. */
export interface InterfaceMethod {
  readonly name: string
  /** As the descriptor of a typed call spells them: the erasure of the interface that declares the method. */
  readonly erased: readonly string[]
  readonly parameters: readonly SignatureType[]
  readonly returns: SignatureType
  readonly exceptions: readonly string[]
  /** The method's own type parameters. */
  readonly typeParameters: readonly TypeParameter[]
}

/**
 * All methods of an interface, its own first, then those of the interfaces that it extends, with their type parameters
 * replaced by what it extends them with. Static, private and compiler-made methods are none. Throws ABOX_CLASS_….
 */
export function interfaceMethods(path: ClassPath, name: string, warn: (text: string) => void): InterfaceMethod[] {
  const methods = new Map<string, InterfaceMethod>()
  const seen = new Set<string>()
  const visit = (className: string, bindings: Bindings): void => {
    if (seen.has(className)) return
    seen.add(className)
    const file = path.find(className)
    if (file === undefined) {
      warn(`${name}: extends ${className}, which is in no jar given: its methods are missing`)
      return
    }
    for (const member of file.methods) {
      if ((member.access & (ACCESS.static | ACCESS.private | ACCESS.synthetic)) !== 0) continue
      if (member.name.startsWith('<')) continue
      const method = readMethod(member, bindings, `${path.where(className)}: method ${JSON.stringify(member.name)}`)
      // What overrides comes first; it may have another erasure than what it overrides, but not other types.
      const key = `${method.name}(${method.parameters.map((type) => eraseType(type, boundOf(method))).join(',')})`
      if (!methods.has(key)) methods.set(key, method)
    }
    for (const parent of parentsOf(path, file)) {
      const type = substitute(parent, bindings)
      if (type.kind === 'class') visit(type.name, bindingsOf(parametersOf(path, type.name), type))
    }
  }
  visit(name, new Map())
  return [...methods.values()]
}

/** The declared type parameters of a class; none for one that is in no jar. */
export function parametersOf(path: ClassPath, className: string): readonly TypeParameter[] {
  const file = path.find(className)
  if (file?.signature === undefined) return []
  return parseClassSignature(file.signature, path.where(className)).parameters
}

/** The interfaces that an interface extends, with arguments. */
function parentsOf(path: ClassPath, file: ClassFile): readonly SignatureType[] {
  if (file.signature !== undefined) return parseClassSignature(file.signature, path.where(file.name)).interfaces
  return file.interfaces.map((name) => ({ kind: 'class', name, args: [] }))
}

const boundOf =
  ({ typeParameters }: Pick<InterfaceMethod, 'typeParameters'>) =>
  (name: string): SignatureType | undefined =>
    typeParameters.find((parameter) => parameter.name === name)?.bounds[0]

function readMethod(member: ClassMember, bindings: Bindings, where: string): InterfaceMethod {
  const plain = parseMethodSignature(member.descriptor, where)
  const generic = member.signature === undefined ? plain : parseMethodSignature(member.signature, where)
  // The method's own parameters hide those of the interface.
  const own = new Set(generic.typeParameters.map(({ name }) => name))
  const outer = new Map([...bindings].filter(([name]) => !own.has(name)))
  return {
    name: member.name,
    erased: plain.parameters.map((type) => eraseType(type, () => OBJECT)),
    parameters: generic.parameters.map((type) => substitute(type, outer)),
    returns: substitute(generic.returns, outer),
    exceptions: member.exceptions,
    typeParameters: generic.typeParameters
  }
}
