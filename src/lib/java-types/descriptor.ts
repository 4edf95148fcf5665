import { AboxError } from '#core/errors'
import { javaTypeErrors } from './errors.ts'

const NAMES: Readonly<Record<string, string>> = {
  V: 'void',
  Z: 'boolean',
  B: 'byte',
  C: 'char',
  D: 'double',
  F: 'float',
  I: 'int',
  J: 'long',
  S: 'short'
}
const PARAMETER = /(\[*)(?:L([^;]+);|([VZBCDFIJS]))/y
/** The JVM allows 255 parameters and 255 dimensions. */
const MAX_COUNT = 255

/**
 * The parameter types of a JVM descriptor as Java source writes them: `[[DLjava/lang/String;I` gives `double[][]`,
 * `java.lang.String`, `int`. Splitting at `;` would be wrong: `II` has none. ABOX_TYPE_DESCRIPTOR names the place.
 *
 * ```
 * descriptor = *( *"[" ( "L" class ";" | one of V Z B C D F I J S ) )      class uses / between packages
 * ```
 */
export function parseDescriptor(descriptor: string): string[] {
  const types: string[] = []
  const scanner = new RegExp(PARAMETER)
  while (scanner.lastIndex < descriptor.length) {
    const at = scanner.lastIndex
    const match = scanner.exec(descriptor)
    if (match === null) throw wrong(descriptor, at, 'expected [, L…; or one of V Z B C D F I J S')
    const [, dimensions = '', className, primitive = ''] = match
    if (dimensions.length > MAX_COUNT) throw wrong(descriptor, at, `at most ${MAX_COUNT} dimensions are possible`)
    if (types.length === MAX_COUNT) throw wrong(descriptor, at, `at most ${MAX_COUNT} parameters are possible`)
    const name = className === undefined ? (NAMES[primitive] as string) : className.replaceAll('/', '.')
    types.push(name + '[]'.repeat(dimensions.length))
  }
  return types
}

function wrong(descriptor: string, at: number, what: string): AboxError {
  const shown = descriptor.length > 200 ? `${descriptor.slice(0, 200)}…` : descriptor
  return new AboxError(javaTypeErrors.ABOX_TYPE_DESCRIPTOR, `descriptor "${shown}": at character ${at}: ${what}`)
}
