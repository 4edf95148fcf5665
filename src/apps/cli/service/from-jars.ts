import { ACCESS, type ClassPath, type SignatureType } from '#lib/class-files'
import type { TypeDefinitions } from '#lib/java-types'
import { ClassCollector, type Scope } from './classes.ts'
import { type DraftMethod, isFuture, type ServiceDraft, sortMethods, sortTypes } from './draft.ts'
import { OBJECT } from './generics.ts'
import { type InterfaceMethod, interfaceMethods, parametersOf } from './methods.ts'
import { TypeWriter } from './texts.ts'
import { makeWritable } from './writable.ts'

/**
 * What an API jar says of one interface. `existing` are the classes that the Service document describes already: they
 * keep their names even where no jar has them. Throws ABOX_CLASS_…. The interface must be in the jars.
 */
export function draftFromJars(
  path: ClassPath,
  name: string,
  source: string,
  existing: TypeDefinitions = {}
): ServiceDraft {
  const warnings = new Set<string>()
  const warn = (text: string): void => void warnings.add(text)
  const collector = new ClassCollector(path, new Set(Object.keys(existing)), warn)
  const found = interfaceMethods(path, name, warn).map((method) => {
    const scope = (what: string): Scope => ({
      place: `${name}.${method.name}(${method.erased.join(', ')}) ${what}`,
      variables: method.typeParameters
    })
    return {
      method,
      parameters: method.parameters.map((type, index) => collector.add(type, scope(`args[${index}]`))),
      returns: collector.add(heldBy(method.returns), scope('result')),
      throws: method.exceptions.filter((exception) => collector.addException(exception, scope('throws').place))
    }
  })
  collector.finish()
  const writer = new TypeWriter(collector.classes)
  const { types, checked } = makeWritable(sortTypes(writer.definitions()), existing, warn)
  const methods = found.map(
    ({ method, parameters, returns, throws }): DraftMethod => ({
      name: method.name,
      parameters: method.erased,
      parameterTypes: parameters.map((type) => writer.text(type)),
      overloaded: found.some((other) => other.method !== method && other.method.name === method.name),
      returns: checked(writer.text(returns), `${name}.${method.name} result`),
      throws,
      later: isFutureType(method)
    })
  )
  return {
    interface: name,
    methods: sortMethods(methods),
    types,
    source,
    lossy: false,
    warnings: [...warnings]
  }
}

const isFutureType = ({ returns }: InterfaceMethod): boolean => returns.kind === 'class' && isFuture(returns.name)

/** What a future holds; any other type is itself. */
function heldBy(type: SignatureType): SignatureType {
  if (type.kind !== 'class' || !isFuture(type.name)) return type
  return type.args[0]?.type ?? OBJECT
}

/** The interfaces of the first jar that a service may be: public, with methods, no annotation, and not generic. */
export function serviceInterfaces(path: ClassPath): string[] {
  return path.own.filter((name) => {
    const file = path.find(name)
    if (file === undefined) return false
    const wanted = ACCESS.public | ACCESS.interface
    if ((file.access & wanted) !== wanted || (file.access & ACCESS.annotation) !== 0) return false
    if (parametersOf(path, name).length > 0) return false
    return interfaceMethods(path, name, () => undefined).length > 0
  })
}
