import { AboxError } from '#core/errors'
import { classFileErrors, type SignatureType } from '#lib/class-files'

/** Types that stand for the type parameters of a class or an interface, by the parameter's name. */
export type Bindings = ReadonlyMap<string, SignatureType>

export const OBJECT: SignatureType = { kind: 'class', name: 'java.lang.Object', args: [] }

/** Far more than any real type has; a chain of superclasses can double a type at each step. */
const MAX_NODES = 10_000

/** Puts types in the place of type variables; a variable that nothing stands for stays as it is. ABOX_CLASS_LIMIT. */
export function substitute(type: SignatureType, bindings: Bindings): SignatureType {
  let left = MAX_NODES
  const replace = (from: SignatureType): SignatureType => {
    if (--left < 0) {
      throw new AboxError(classFileErrors.ABOX_CLASS_LIMIT, `a generic type has more than ${MAX_NODES} parts`)
    }
    if (from.kind === 'variable') {
      const bound = bindings.get(from.name)
      return bound === undefined ? from : measure(bound)
    }
    if (from.kind === 'array') return { kind: 'array', component: replace(from.component) }
    if (from.kind === 'primitive' || from.args.length === 0) return from
    return {
      ...from,
      args: from.args.map((arg) => (arg.type === undefined ? arg : { ...arg, type: replace(arg.type) }))
    }
  }
  const measure = (bound: SignatureType): SignatureType => {
    left -= sizeOf(bound)
    return bound
  }
  return replace(type)
}

function sizeOf(type: SignatureType): number {
  if (type.kind === 'array') return 1 + sizeOf(type.component)
  if (type.kind !== 'class') return 1
  return type.args.reduce((sum, { type: arg }) => sum + (arg === undefined ? 1 : sizeOf(arg)), 1)
}

/** What each parameter of a class stands for where it is extended as `type`. */
export function bindingsOf(parameters: readonly { readonly name: string }[], type: SignatureType): Bindings {
  const args = type.kind === 'class' ? type.args : []
  return new Map(parameters.map(({ name }, index) => [name, args[index]?.type ?? OBJECT]))
}

/** The name that a descriptor has for a type: no arguments, variables by what bounds them. */
export function eraseType(type: SignatureType, boundOf: (variable: string) => SignatureType | undefined): string {
  if (type.kind === 'array') return `${eraseType(type.component, boundOf)}[]`
  if (type.kind !== 'variable') return type.name
  const bound = boundOf(type.name)
  // A bound may be another variable; one that leads back to itself is no Java.
  if (bound === undefined || bound.kind === 'variable') return 'java.lang.Object'
  return eraseType(bound, boundOf)
}
