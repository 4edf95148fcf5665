import { mulberry32 } from '../random.ts'

/** So many different calls of each kind: an engine that has seen a number writes it for less. */
export const VARIETY = 32
const DOUBLES = 1000
const FIELDS = 20

/** What a hook is given and does. */
export interface HookKind {
  readonly name: string
  /** Exports `pre`; '' = no hook at all, the gateway wraps the first argument itself. */
  readonly source: string
  /** JSON of the list of arguments, one for each call. */
  readonly args: readonly Buffer[]
  /** What the sandbox alone costs: from the text of the call, made before, to the text of the result. */
  readonly alone?: true
}

const HAND_ON = 'export const pre = (call) => ({ body: { instances: [call.args[0]] } })'

/** Twenty features as they are made for a click model: logs, buckets, crosses, a hash, defaults. */
export const FEATURES = `const log = (x) => Math.log1p(Math.max(0, x ?? 0))
const bucket = (x, edges) => { let i = 0; while (i < edges.length && x >= edges[i]) i++; return i }
const AGE = [18, 25, 35, 45, 55], PRICE = [5, 10, 20, 50, 100, 500]
export function pre(call) {
  const a = call.args[0]
  const row = [
    log(a.f0), log(a.f1), log(a.f2), bucket(a.f3, AGE), bucket(a.f4, PRICE), a.f5 ?? 0, a.f6 * a.f7, a.f7 / (1 + a.f8),
    a.f8 > 0.5 ? 1 : 0, a.f9 - a.f10, Math.min(a.f10, 1), Math.round(a.f11 * 1000) / 1000, a.f12 ?? -1,
    udl.hash.fnv1a32(a.s13) % 1000, a.s14 === 'ios' ? 1 : 0, a.s14 === 'android' ? 1 : 0, log(a.f15 * 100),
    a.f16 ** 2, Math.sqrt(a.f17), (a.f18 + a.f19) / 2
  ]
  return { body: { instances: [row] } }
}`

const LOOK = `export const pre = (call) => {
  const list = call.args[0]
  let sum = 0
  for (const value of list) sum += value
  return { body: { instances: [list], mean: sum / list.length } }
}`

const random = mulberry32(7)
const many = (make: () => unknown): Buffer[] =>
  Array.from({ length: VARIETY }, () => Buffer.from(JSON.stringify([make(), {}])))
const SMALL = many(() => [random(), 2.5])
const BEANS = many(makeBean)
const VECTORS = many(() => Array.from({ length: DOUBLES }, () => random()))

export const HOOK_KINDS = {
  none: { name: 'no hook', source: '', args: SMALL },
  identity: { name: 'identity', source: HAND_ON, args: SMALL },
  alone: { name: 'identity, the sandbox alone', source: HAND_ON, args: SMALL, alone: true },
  features: { name: `${FIELDS} fields`, source: FEATURES, args: BEANS },
  noneDoubles: { name: `${DOUBLES} doubles, no hook`, source: '', args: VECTORS },
  untouched: { name: `${DOUBLES} doubles, untouched`, source: HAND_ON, args: VECTORS },
  looked: { name: `${DOUBLES} doubles, looked into`, source: LOOK, args: VECTORS }
} as const satisfies Record<string, HookKind>

function makeBean(): Record<string, unknown> {
  const bean: Record<string, unknown> = { class: 'com.example.rank.Features' }
  for (let i = 0; i < FIELDS; i++) {
    if (i === 13) bean['s13'] = `item-${Math.floor(random() * 1e6)}`
    else if (i === 14) bean['s14'] = random() < 0.5 ? 'ios' : 'android'
    else bean[`f${i}`] = random() * (i === 3 || i === 4 ? 100 : 1)
  }
  return bean
}
