/**
 * Parameter types as the JVM writes them, without separators.
 *
 *   descriptor := type*
 *   type       := "["* ( "L" class-with-slashes ";" | "V" | "Z" | "B" | "C" | "D" | "F" | "I" | "J" | "S" )
 */
import { AboxError } from '#core/errors'
import { dubboErrors } from './errors.ts'

const LETTER_NAMES: Readonly<Record<string, string>> = {
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
const NAME_LETTERS = new Map(Object.entries(LETTER_NAMES).map(([letter, name]) => [name, letter]))

/** No Java method has more parameters and no array more dimensions. */
const JVM_LIMIT = 255

/** `[[DLjava/lang/String;I` → `double[][]`, `java.lang.String`, `int`. Throws ABOX_DUBBO_DESCRIPTOR. */
export function parameterTypesOf(descriptor: string): string[] {
  const types: string[] = []
  let at = 0
  while (at < descriptor.length) {
    const start = at
    while (descriptor[at] === '[') at++
    const dimensions = at - start
    const letter = descriptor[at] ?? ''
    let name = LETTER_NAMES[letter]
    let end = at + 1
    if (letter === 'L') {
      const semicolon = descriptor.indexOf(';', at)
      if (semicolon > at + 1) name = descriptor.slice(at + 1, semicolon).replaceAll('/', '.')
      end = semicolon + 1
    }
    if (name === undefined || dimensions > JVM_LIMIT || types.length === JVM_LIMIT) throw refuse(descriptor, start)
    types.push(dimensions === 0 ? name : name + '[]'.repeat(dimensions))
    at = end
  }
  return types
}

/** `double[][]`, `java.lang.String`, `int` → `[[DLjava/lang/String;I`. Generics have no place in it and are cut off. */
export function descriptorOf(types: readonly string[]): string {
  let descriptor = ''
  for (const type of types) {
    const raw = type.replaceAll(/<.*>/g, '').trim()
    const name = raw.replaceAll('[]', '')
    descriptor += '['.repeat((raw.length - name.length) / 2)
    descriptor += NAME_LETTERS.get(name) ?? `L${name.replaceAll('.', '/')};`
  }
  return descriptor
}

function refuse(descriptor: string, at: number): AboxError {
  const detail = `parameter descriptor: found ${JSON.stringify(descriptor.slice(at, at + 40))} at character ${at}, expected at most 255 types as Ljava/lang/String; or [D or I`
  return new AboxError(dubboErrors.ABOX_DUBBO_DESCRIPTOR, detail, { offset: at })
}
