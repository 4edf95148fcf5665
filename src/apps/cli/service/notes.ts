import type { JavaBean, JavaType, JavaTypes } from '#lib/java-types'
import { elementsOf } from './type-texts.ts'

/** Something about a method's answer that some consumer versions cannot get right, whatever ABox writes. */
export interface ConsumerNote {
  readonly kind: 'future' | 'untyped' | 'exception' | 'float elements' | 'float field'
  readonly place: string
  readonly consumers: string
  readonly what: string
}

export interface NotedMethod {
  readonly name: string
  readonly returns?: string | undefined
  readonly throws?: readonly string[] | undefined
  readonly later?: boolean
}

/** Where beans stand in the answer; consumers get a class object only in a List, Map or array field of a bean. */
type Standing = 'alone' | 'in a container of a bean'

/** The notes of one method, each place once. Throws ABOX_TYPE_… when `returns` does not resolve. */
export function consumerNotes(method: NotedMethod, types: JavaTypes): ConsumerNote[] {
  const notes: ConsumerNote[] = []
  const add: Add = (kind, place, consumers, what) => void notes.push({ kind, place, consumers, what })
  const place = `${method.name} result`
  if (method.later === true) {
    // "CompletableFuture return".
    add('future', place, '2.6', 'a future of 2.6.12 never completes, with any provider; 2.7 and 3.x are fine')
  }
  if (method.returns === undefined) {
    add(
      'untyped',
      place,
      'typed, and 2.7 inside beans',
      'without `returns` values go by the form of the JSON: 1 is an int, 1.0 a double, and enums, dates and BigDecimal are strings'
    )
  } else visitType(types.resolve(method.returns), place, add)
  for (const name of method.throws ?? []) {
    if (name === 'java.lang.UnsupportedOperationException' || name === 'java.util.NoSuchElementException') {
      add(
        'exception',
        `${method.name} throws ${name}`,
        '3.x',
        'its class check refuses this class: RpcException code 1 instead'
      )
    }
  }
  return notes
}

type Add = (kind: ConsumerNote['kind'], place: string, consumers: string, what: string) => void

interface SeenBean {
  readonly bean: JavaBean
  readonly standings: Set<Standing>
}

function visitType(root: JavaType, place: string, add: Add): void {
  const seen = new Map<string, SeenBean>()
  const open: { type: JavaType; standing: Standing; inBean: boolean }[] = [
    { type: root, standing: 'alone', inBean: false }
  ]
  noteFloats(root, place, add)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { type, standing, inBean } = next
    if (type.kind === 'bean') {
      if (!meet(seen, type, standing, add)) continue
      for (const field of type.fields.values()) open.push({ type: field, standing, inBean: true })
    } else {
      const below = inBean ? 'in a container of a bean' : standing
      for (const element of elementsOf(type)) open.push({ type: element, standing: below, inBean })
    }
  }
  for (const { bean, standings } of seen.values()) noteFloatFields(bean, standings, add)
}

/** Whether the bean stands like this for the first time. */
function meet(seen: Map<string, SeenBean>, bean: JavaBean, standing: Standing, add: Add): boolean {
  const known = seen.get(bean.text) ?? { bean, standings: new Set() }
  if (known.standings.has(standing)) return false
  if (known.standings.size === 0) {
    for (const [name, field] of bean.fields) noteFloats(field, `${bean.name}.${name}`, add)
  }
  known.standings.add(standing)
  seen.set(bean.text, known)
  return true
}

/** "List<Float>: anything". */
function noteFloats(type: JavaType, place: string, add: Add): void {
  if (!elementsOf(type).some(({ kind }) => kind === 'float') || type.kind === 'array') return
  add(
    'float elements',
    place,
    'typed',
    `elements of ${type.text} arrive as Double: ClassCastException in their own code; declare Double`
  )
}

/** hessian-lite 4.0.1 to 4.0.4 write eight bytes into a primitive float field when they read an object of the class. */
function noteFloatFields(bean: JavaBean, standings: ReadonlySet<Standing>, add: Add): void {
  for (const [name, field] of bean.fields) {
    if (field.kind !== 'float' || field.boxed) continue
    const everywhere = standings.has('in a container of a bean')
    add(
      'float field',
      `${bean.name}.${name}`,
      everywhere ? '3.3, typed or not' : 'typed 3.3',
      `hessian-lite 4.0.1–4.0.4 reads a primitive float as 0.0 or nonsense and damages the field beside it${everywhere ? '; beans in a List, Map or array field of a bean are sent as objects of their class to all' : ''}. Declare double, or start the consumer with -Dcom.caucho.hessian.unsafe=false`
    )
  }
}

/** Each place once, with the note that concerns more consumers. */
export function mergeNotes(notes: readonly ConsumerNote[]): ConsumerNote[] {
  const merged = new Map<string, ConsumerNote>()
  for (const note of notes) {
    const key = `${note.kind} ${note.place}`
    const known = merged.get(key)
    if (known === undefined || known.what.length < note.what.length) merged.set(key, note)
  }
  return [...merged.values()]
}
