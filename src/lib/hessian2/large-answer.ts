import { formatPath, type JsonReader, type LargeOutline, pathOf } from '#lib/json'
import { planOf } from './bean-plan.ts'
import { createJob } from './from-json.ts'
import { isMap } from './from-json-bean.ts'
import { wireNameAt } from './from-json-containers.ts'
import type { JavaScalar, JavaType } from './java-type.ts'
import { type AnswerForm, ELEMENT, type JsonJob, mismatch, type PathGuide } from './json-job.ts'
import { BeanFrame, BeanMapFrame } from './large-beans.ts'
import { ListFrame, MapFrame } from './large-containers.ts'
import { type LargeFrame, type LargeWork, MOST_TEXT } from './large-frame.ts'
import { Base64Frame, BitSetFrame, BytesFrame, EnumSetFrame, TextFrame } from './large-leaves.ts'
import type { HessianWriter } from './writer.ts'

const STRING: JavaScalar = { kind: 'string', text: 'java.lang.String' }
const OBJECT: JavaScalar = { kind: 'object', text: 'java.lang.Object' }

/**
 * Does what `writeJsonAs` does, to the byte, with a value so long that writing it at once would keep everything else waiting.
 * Values that are not large in the outline are written by the very same code; only large ones are written part by part.
 *
 * What `step` throws is what `writeJsonAs` throws; and ABOX_ANSWER_TYPE for an object of more than 16,384 fields, as well as for
 * a string of more than 64 KiB where neither text nor bytes are declared.
 */
export class AnswerSteps implements LargeWork, PathGuide {
  readonly job: JsonJob
  readonly outline: LargeOutline
  left = 0
  readonly #open: LargeFrame[] = []
  readonly #type: JavaType
  #begun = false
  /** Where the value begins that was begun last. */
  #from: number

  /** `reader` stands on a value of the text whose complete outline is `outline`. The writer is for nobody else until all is written. */
  constructor(outline: LargeOutline, reader: JsonReader, type: JavaType, writer: HessianWriter, form: AnswerForm) {
    this.outline = outline
    this.job = createJob(reader, writer, form, this)
    this.#type = type
    this.#from = reader.pos
  }

  /** Writes about so many bytes of JSON more, and tells whether the value is written. Has to be called until it is. */
  step(bytes: number): boolean {
    this.left = bytes
    if (!this.#begun) {
      this.#begun = true
      this.item(this.#type, 0)
    }
    for (;;) {
      const top = this.#open.at(-1)
      if (top === undefined) return true
      const depth = this.#open.length
      if (top.run(this)) this.#open.pop()
      else if (this.#open.length === depth) return false
    }
  }

  item(type: JavaType, place: number): boolean {
    const { reader } = this.job
    reader.peek()
    const start = reader.pos
    this.#from = start
    const end = this.outline.endOf(start)
    const frame = end === -1 ? undefined : this.#frameOf(type, place, end - start)
    if (frame !== undefined) {
      this.#open.push(frame)
      return false
    }
    if (end !== -1 && type.kind === 'void') {
      reader.pos = end
      this.job.writer.null()
    } else this.job.value(type, place)
    this.left -= reader.pos - start + 1
    return true
  }

  text(): void {
    this.#open.push(new TextFrame(this.job, this.outline))
  }

  pathTo(offset: number): string {
    const { bytes } = this.outline
    const path = this.#open.map((frame) => frame.stepTo(bytes, offset)).filter((step) => step !== undefined)
    // A large value has a frame of its own, and nobody reads through it once more.
    return this.outline.endOf(this.#from) === -1 ? pathOf(bytes, this.#from, offset, path) : formatPath(path)
  }

  /** How a large value is written; undefined when the JSON cannot be the type, or is nothing that takes long. */
  #frameOf(type: JavaType, place: number, size: number): LargeFrame | undefined {
    const { job, outline } = this
    const found = job.reader.peek()
    if (found === 'array') return this.#frameOfArray(type, place)
    if (found === 'object') return this.#frameOfObject(type, place)
    const { kind } = type
    if (kind === 'string' || kind === 'object') return new TextFrame(job, outline)
    if (kind === 'bytes') return new Base64Frame(job, outline, type)
    if (size > MOST_TEXT && kind !== 'void') throw mismatch(job, type.text)
    return undefined
  }

  #frameOfArray(type: JavaType, place: number): LargeFrame | undefined {
    const { job, outline } = this
    const { kind } = type
    if (kind === 'object') return new ListFrame(job, OBJECT, place)
    if (kind === 'list') return new ListFrame(job, type.element, place | ELEMENT, wireNameAt(type, place))
    if (kind === 'array') return new ListFrame(job, type.component, place | ELEMENT, wireNameAt(type, place))
    if (kind === 'bytes') return new BytesFrame(job, outline)
    if (kind === 'bitSet') return new BitSetFrame(job)
    return kind === 'enumSet' ? new EnumSetFrame(job, type) : undefined
  }

  #frameOfObject(type: JavaType, place: number): LargeFrame | undefined {
    const { job } = this
    const { kind } = type
    if (kind === 'object') return new MapFrame(job, STRING, OBJECT, place)
    if (kind === 'map') return new MapFrame(job, type.key, type.value, place | ELEMENT, wireNameAt(type, place))
    if (kind !== 'bean') return undefined
    return isMap(job, place) ? new BeanMapFrame(job, planOf(type)) : new BeanFrame(job, planOf(type))
  }
}
