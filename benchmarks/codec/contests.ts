import type { Abox, Corpus } from './abox.ts'
import { type HessianJs, toHessianJs } from './hessian-js.ts'
import type { HessianLite } from './hessian-lite.ts'
import { type Contender, type Contest, local } from './measure.ts'

/** Names of contenders, by which the report finds them. */
export const NAMES = {
  abox: 'ABox',
  hessianJs: 'hessian.js',
  out: 'ABox out',
  typed: 'ABox in, typed',
  untyped: 'ABox in, untyped',
  stringify: 'stringify',
  stringifyBytes: 'stringify to bytes',
  parse: 'parse',
  parseBytes: 'parse of bytes',
  both: 'parse + stringify',
  bothBytes: 'parse + stringify, bytes to bytes'
} as const

/** Everything that is measured on one kind of payload. */
export function contestsOf(
  corpus: Corpus,
  abox: Abox,
  hessianJs: HessianJs | undefined,
  lites: readonly HessianLite[]
): Contest[] {
  const { name, wire, values, plain, text, json } = corpus
  const contender = (title: string, run: (index: number) => number): Contender => local(title, wire.length, run)
  const inJava = (operation: 'decode' | 'encode'): Contender[] => lites.map((lite) => lite.contender(operation, name))
  const decode = [contender(NAMES.abox, (i) => weigh(abox.decode(i)))]
  const encode = [contender(NAMES.abox, (i) => abox.encode(i).length)]
  if (hessianJs !== undefined) {
    const wrapped = values.map(toHessianJs)
    decode.push(contender(NAMES.hessianJs, (i) => weigh(hessianJs.decode(wire[i] as Buffer))))
    encode.push(contender(NAMES.hessianJs, (i) => hessianJs.encode(wrapped[i]).length))
  }
  const transcode = [
    contender(NAMES.out, (i) => abox.toJson(i).length),
    contender(NAMES.stringify, (i) => weigh(JSON.stringify(plain[i]))),
    contender(NAMES.stringifyBytes, (i) => Buffer.from(JSON.stringify(plain[i])).length),
    contender(NAMES.both, (i) => weigh(JSON.stringify(JSON.parse(text[i] as string)))),
    contender(NAMES.bothBytes, (i) => Buffer.from(JSON.stringify(JSON.parse(String(json[i])))).length),
    contender(NAMES.parse, (i) => weigh(JSON.parse(text[i] as string))),
    contender(NAMES.parseBytes, (i) => weigh(JSON.parse(String(json[i])))),
    contender(NAMES.typed, (i) => abox.fromJsonTyped(i).length),
    contender(NAMES.untyped, (i) => abox.fromJsonUntyped(i).length)
  ]
  return [
    { payload: name, operation: 'decode', contenders: [...decode, ...inJava('decode')] },
    { payload: name, operation: 'encode', contenders: [...encode, ...inJava('encode')] },
    { payload: name, operation: 'transcode', contenders: transcode }
  ]
}

/** Takes something of a result. Asking a string for its last character makes one that is put together of parts whole. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return value.charCodeAt(value.length - 1)
  return value === null ? 0 : 1
}
