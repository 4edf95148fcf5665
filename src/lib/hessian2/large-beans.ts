import { LARGE_BYTES } from '#lib/json'
import type { BeanPlan } from './bean-plan.ts'
import { beginMap, scanField } from './from-json-bean.ts'
import type { JavaType } from './java-type.ts'
import { type JsonJob, mismatchAt } from './json-job.ts'
import { type LargeFrame, type LargeWork, MOST_TEXT } from './large-frame.ts'

/** An object with this many fields has keys that repeat, without end. */
const MOST_FIELDS = 16_384

/** What the frames of beans share: where we are in a JSON object, by the fields of the class. */
class Fields {
  readonly plan: BeanPlan
  /** The number of the field whose value comes next, and of the one that is expected after it. */
  #next = 0

  constructor(plan: BeanPlan) {
    this.plan = plan
  }

  /** Consumes a key and returns the number of its field. Of a key that is none the value is consumed too, and −1 returned. */
  take(work: LargeWork): number {
    const { reader } = work.job
    const from = reader.pos
    let index = -1
    if (work.outline.endOf(from) - from > MOST_TEXT) work.outline.skipLargeKey(reader)
    else {
      index = scanField(reader, this.plan, this.#next)
      work.left -= reader.pos - from
    }
    if (index < 0) this.pass(work)
    else this.#next = index + 1
    return index
  }

  /** Passes over the value at the reader's position. */
  pass(work: LargeWork): void {
    const { reader } = work.job
    const from = reader.pos
    work.outline.skip(reader)
    // A large one takes no time.
    work.left -= Math.min(reader.pos - from, LARGE_BYTES)
  }
}

/** A bean as a map. */
export class BeanMapFrame implements LargeFrame {
  readonly #fields: Fields
  #index = -1
  #next: 'key' | 'comma' | 'end'

  constructor(job: JsonJob, plan: BeanPlan) {
    this.#fields = new Fields(plan)
    beginMap(job, plan)
    this.#next = job.reader.enterObject() ? 'key' : 'end'
  }

  run(work: LargeWork): boolean {
    const { plan } = this.#fields
    const { reader, writer } = work.job
    for (;;) {
      if (this.#next === 'comma') this.#next = reader.nextKey() ? 'key' : 'end'
      if (this.#next === 'end') {
        writer.mapEnd()
        return true
      }
      if (work.left <= 0) return false
      const index = this.#fields.take(work)
      this.#next = 'comma'
      if (index < 0) continue
      this.#index = index
      writer.encoded(plan.names[index] as Buffer)
      if (!work.item(plan.types[index] as JavaType, plan.places[index] as number)) return false
    }
  }

  stepTo(): string | undefined {
    return this.#fields.plan.bean.names[this.#index]
  }
}

/** A bean as an object of its class: one pass finds the fields, then each value is written from its place. */
export class BeanFrame implements LargeFrame {
  readonly #fields: Fields
  readonly #start: number
  readonly #numbers: number[] = []
  readonly #offsets: number[] = []
  /** Where the object ends, when the fields are found. */
  #end = -1
  #written = -1

  constructor({ reader }: JsonJob, plan: BeanPlan) {
    this.#fields = new Fields(plan)
    this.#start = reader.pos
  }

  run(work: LargeWork): boolean {
    if (this.#end === -1 && !this.#find(work)) return false
    const { plan } = this.#fields
    const { reader } = work.job
    while (this.#written + 1 < this.#numbers.length) {
      if (work.left <= 0) return false
      const at = ++this.#written
      const index = this.#numbers[at] as number
      reader.pos = this.#offsets[at] as number
      if (!work.item(plan.types[index] as JavaType, plan.places[index] as number)) return false
    }
    reader.pos = this.#end
    return true
  }

  stepTo(): string | undefined {
    return this.#fields.plan.bean.names[this.#numbers[this.#written] ?? -1]
  }

  /** Finds the fields and defines the class; false when there are more. */
  #find(work: LargeWork): boolean {
    const { job } = work
    const { reader, writer } = job
    const { plan } = this.#fields
    let more = reader.pos !== this.#start || reader.enterObject()
    while (more) {
      if (work.left <= 0) return false
      const index = this.#fields.take(work)
      if (index >= 0) {
        if (this.#numbers.length === MOST_FIELDS) {
          throw mismatchAt(job, this.#start, `${plan.bean.text} (an object of at most ${MOST_FIELDS} fields)`)
        }
        this.#numbers.push(index)
        this.#offsets.push(reader.pos)
        this.#fields.pass(work)
      }
      more = reader.nextKey()
    }
    this.#end = reader.pos
    writer.defined(plan.shape(this.#numbers).definition)
    return true
  }
}
