import { type JsonReader, NumberRow } from '#lib/json'
import { BeanFields } from './bean-fields.ts'
import { writeBean } from './from-json-bean.ts'
import { writeArray, writeList, writeMap } from './from-json-containers.ts'
import {
  writeBigDecimal,
  writeBigIntegerValue,
  writeDouble,
  writeLong,
  writeNumber,
  writeSmallInteger
} from './from-json-numbers.ts'
import { writeAtomic, writeBitSet, writeEnumSet } from './from-json-objects.ts'
import { writeBoolean, writeBytes, writeChar, writeEnum, writeString, writeUuid } from './from-json-text.ts'
import { writeTextual } from './from-json-textual.ts'
import { writeTime } from './from-json-time.ts'
import { writeUntyped } from './from-json-untyped.ts'
import type { JavaType } from './java-type.ts'
import type { AnswerForm, JsonJob, PathGuide } from './json-job.ts'
import type { HessianWriter } from './writer.ts'

/**
 * Writes the JSON value at the reader's position as `type`, in the form that Java consumers of all versions turn into
 * that type, and consumes exactly this value.
 *
 * - form `maps`, for consumers that call through `$invoke` and convert the answer: beans are maps with exact leaves; class
 *   objects only where nobody converts, see from-json-bean.ts.
 * - form `objects`, for consumers that call the method itself: beans are objects of their class everywhere.
 * - form `generic`, for callers who have none of the classes (Dubbo's GenericService): what Java's PojoUtils.generalize makes
 *   of an answer. Beans are maps with their class as `class`, enums their names, local dates and times their ISO text.
 *
 * Errors: ABOX_ANSWER_TYPE with path, what was found and what was expected, for a value that cannot be the type;
 * ABOX_JSON_SYNTAX and ABOX_JSON_TOO_DEEP of the reader. After an error the writer holds the begun value: reset it.
 */
export function writeJsonAs(reader: JsonReader, type: JavaType, writer: HessianWriter, form: AnswerForm): void {
  new Job(reader, writer, form).value(type, 0)
}

/** As `writeJsonAs`, for somebody who writes many values in one stream, and may know their paths. */
export function createJob(reader: JsonReader, writer: HessianWriter, form: AnswerForm, guide: PathGuide): JsonJob {
  return new Job(reader, writer, form, guide)
}

class Job implements JsonJob {
  readonly reader: JsonReader
  readonly writer: HessianWriter
  readonly form: AnswerForm
  readonly root: number
  readonly guide: PathGuide | undefined
  #fields: BeanFields | undefined
  #row: NumberRow | undefined

  constructor(reader: JsonReader, writer: HessianWriter, form: AnswerForm, guide?: PathGuide) {
    this.reader = reader
    this.writer = writer
    this.form = form
    this.root = reader.pos
    this.guide = guide
  }

  get fields(): BeanFields {
    this.#fields ??= new BeanFields()
    return this.#fields
  }

  get row(): NumberRow {
    this.#row ??= new NumberRow()
    return this.#row
  }

  value(type: JavaType, place: number): void {
    switch (type.kind) {
      case 'object':
        writeUntyped(this)
        break
      case 'double':
      case 'float':
        writeDouble(this, type)
        break
      case 'long':
        writeLong(this, type)
        break
      case 'string':
        writeString(this, type)
        break
      case 'list':
        writeList(this, type, place)
        break
      case 'bean':
        writeBean(this, type, place)
        break
      case 'int':
      case 'short':
      case 'byte':
        writeSmallInteger(this, type)
        break
      case 'map':
        writeMap(this, type, place)
        break
      case 'array':
        writeArray(this, type, place)
        break
      case 'enum':
        writeEnum(this, type)
        break
      case 'boolean':
        writeBoolean(this, type)
        break
      case 'date':
      case 'sqlDate':
      case 'calendar':
      case 'instant':
      case 'localDate':
      case 'localTime':
      case 'localDateTime':
        writeTime(this, type)
        break
      case 'bigDecimal':
        writeBigDecimal(this, type)
        break
      case 'bigInteger':
        writeBigIntegerValue(this, type)
        break
      case 'bytes':
        writeBytes(this, type)
        break
      case 'textual':
        writeTextual(this, type)
        break
      case 'atomic':
        writeAtomic(this, type)
        break
      case 'bitSet':
        writeBitSet(this, type)
        break
      case 'enumSet':
        writeEnumSet(this, type)
        break
      case 'uuid':
        writeUuid(this, type)
        break
      case 'char':
        writeChar(this, type)
        break
      case 'number':
        writeNumber(this, type)
        break
      case 'void':
        // Whatever the model said, a void method answers nothing.
        this.reader.skip()
        this.writer.null()
        break
    }
  }
}
