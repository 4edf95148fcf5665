import { JsonOutline } from '#lib/json'

/** What is known while objects in objects are written: one stack of fields for the whole value instead of lists per object. */
export class BeanFields {
  /** The numbers of the fields of the objects that are begun, one object after the other. */
  readonly numbers: number[] = []
  /** Where the value of each field starts. */
  readonly offsets: number[] = []
  readonly outline: JsonOutline = new JsonOutline()
}
