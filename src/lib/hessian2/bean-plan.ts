import type { JavaBean, JavaType } from './java-type.ts'
import { BEAN, ELEMENT } from './json-job.ts'
import { ClassDefinition, HessianWriter } from './writer.ts'

/** Answers of one class mostly come with the same fields; so many choices of them are kept. */
const MAX_SHAPES = 8

/** Kinds whose values are no objects on the wire. Object and Number are not among them: they may be a BigInteger. */
const CLASSLESS: ReadonlySet<JavaType['kind']> = new Set([
  ...(['boolean', 'byte', 'short', 'int', 'long', 'float', 'double', 'char'] as const),
  ...(['string', 'date', 'bytes'] as const)
])

/** Some of the fields of a bean, in the order in which JSON had them. */
export interface BeanShape {
  /** Their numbers in the bean. */
  readonly fields: readonly number[]
  readonly definition: ClassDefinition
}

/** What writing beans of one class takes again for each of them. */
export class BeanPlan {
  readonly bean: JavaBean
  /** The types of the fields, and the places where their values stand; see json-job.ts. */
  readonly types: readonly JavaType[]
  readonly places: readonly number[]
  /** Each name as it stands in JSON in front of a value: `"name":`. */
  readonly keys: readonly Buffer[]
  /** Each name as a string of Hessian. */
  readonly names: readonly Buffer[]
  /** Whether nothing in objects of the class is an object of a class. */
  readonly flat: boolean
  /** Never empty; the one that was used last comes first. */
  readonly #shapes: BeanShape[]

  constructor(bean: JavaBean) {
    const { names, fields, erased } = bean
    this.bean = bean
    this.types = names.map((name) => fields.get(name) as JavaType)
    // Nobody knows the type of a field that is declared as a type parameter, as with the elements of containers.
    this.places = names.map((name) => (erased?.has(name) === true ? BEAN | ELEMENT : BEAN))
    this.keys = names.map((name) => Buffer.from(`${JSON.stringify(name)}:`))
    this.flat = this.types.every(definesNothing)
    this.names = names.map(encodedString)
    this.#shapes = [this.#newShape(names.map((_, index) => index))]
  }

  /** The fields that the last object had: those of the next one, probably. */
  get guess(): BeanShape {
    return this.#shapes[0] as BeanShape
  }

  /** The shape with the fields `fields[from …]`. */
  shape(fields: readonly number[], from = 0): BeanShape {
    const shapes = this.#shapes
    let index = 0
    while (index < shapes.length && !areFrom(fields, from, (shapes[index] as BeanShape).fields)) index++
    const shape = shapes[index] ?? this.#newShape(fields.slice(from))
    if (index !== 0) {
      shapes.splice(index, 1)
      shapes.unshift(shape)
      if (shapes.length > MAX_SHAPES) shapes.pop()
    }
    return shape
  }

  #newShape(fields: readonly number[]): BeanShape {
    const names = fields.map((index) => this.bean.names[index] as string)
    return { fields, definition: new ClassDefinition(this.bean.name, names) }
  }
}

const plans = new WeakMap<JavaBean, BeanPlan>()
let last: BeanPlan | undefined

/** The plan of a bean whose fields are all known. */
export function planOf(bean: JavaBean): BeanPlan {
  if (last?.bean === bean) return last
  let plan = plans.get(bean)
  if (plan === undefined) {
    plan = new BeanPlan(bean)
    plans.set(bean, plan)
  }
  last = plan
  return plan
}

function encodedString(text: string): Buffer {
  const writer = new HessianWriter(64)
  writer.string(text)
  return Buffer.from(writer.take())
}

/** Whether `list`, from `from` on, is `part`. */
function areFrom(list: readonly number[], from: number, part: readonly number[]): boolean {
  if (list.length - from !== part.length) return false
  for (let i = 0; i < part.length; i++) if (list[from + i] !== part[i]) return false
  return true
}

/** Whether values of the type never define a class on the wire. */
function definesNothing(type: JavaType): boolean {
  if (type.kind === 'array') return definesNothing(type.component)
  if (type.kind === 'list') return definesNothing(type.element)
  if (type.kind === 'map') return definesNothing(type.key) && definesNothing(type.value)
  return CLASSLESS.has(type.kind)
}
