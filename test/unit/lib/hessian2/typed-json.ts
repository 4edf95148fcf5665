import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from '#lib/hessian2'
import { entriesOf, fieldsOf, itemsOf } from '../../../harness/hessian-values.ts'
import type { TypedJson } from './golden.ts'

type Known = Map<number, HessianValue>

/**
 * Asserts that a decoded value is what Java decoded from the same bytes. Typed JSON: `{t: 'int', v: 3}`; long and date
 * as text; double and float with their bits; strings over 400 units as length and hash; `list`, `array`, `map`,
 * `object` and `throwable` with class `c` and number `id`, which `{t: 'ref', v: id}` refers to.
 */
export function assertTyped(expected: TypedJson, actual: HessianValue, path = '', known: Known = new Map()): void {
  if (expected.id !== undefined) known.set(expected.id, actual)
  switch (expected.t) {
    case 'null':
      assert.equal(actual, null, path)
      return
    case 'ref':
      assert.equal(actual, known.get(expected.v as number), `${path} is shared`)
      return
    case 'list':
    case 'array':
      assertList(expected, actual, path, known)
      return
    case 'map':
      assertMap(expected, actual, path, known)
      return
    case 'object':
      assertObject(expected.c, expected.f as [string, TypedJson][], actual, path, known)
      return
    case 'throwable':
      assertThrowable(expected, actual, path, known)
      return
    default:
      assertLeaf(expected, actual, path)
      return
  }
}

function assertLeaf(expected: TypedJson, actual: HessianValue, path: string): void {
  switch (expected.t) {
    case 'string':
      assertString(expected, actual, path)
      return
    case 'boolean':
      assert.equal(actual, expected.v, path)
      return
    case 'int':
      assert.ok(actual instanceof HInt, path)
      assert.equal(actual.value, expected.v, path)
      return
    case 'long':
      assert.ok(actual instanceof HLong, path)
      assert.equal(String(actual.value), expected.v, path)
      return
    case 'double':
      assert.ok(actual instanceof HDouble, path)
      assert.equal(bits(actual.value), expected.bits, path)
      return
    case 'float': {
      // Primitive floats come widened, boxed ones by their shortest decimal: both are the same float again.
      assert.ok(actual instanceof HDouble, path)
      const narrow = Buffer.alloc(4)
      narrow.writeFloatBE(actual.value)
      assert.equal(narrow.toString('hex'), expected.bits, path)
      return
    }
    case 'date':
      assert.ok(actual instanceof HDate, path)
      assert.equal(String(actual.ms), expected.v, path)
      return
    case 'bytes':
      assert.ok(Buffer.isBuffer(actual), path)
      assert.equal(actual.toString('hex'), expected.v, path)
      return
    case 'enum':
      assert.ok(actual instanceof HObject, path)
      assert.equal(actual.className, expected.c, path)
      assert.deepEqual(fieldsOf(actual), [['name', expected.v]], path)
      return
    default:
      assertText(expected, actual, path)
      return
  }
}

function bits(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}

function assertString(expected: TypedJson, actual: HessianValue, path: string): void {
  assert.ok(typeof actual === 'string', path)
  if (expected.sha256 === undefined) {
    assert.equal(actual, expected.v, path)
    return
  }
  assert.equal(actual.length, expected.units, path)
  const bigEndian = Buffer.from(actual, 'utf16le').swap16()
  assert.equal(createHash('sha256').update(bigEndian).digest('hex'), expected.sha256, path)
}

/** BigDecimal, java.time and the like are objects on the wire; what text they make is the business of writeJson. */
function assertText(expected: TypedJson, actual: HessianValue, path: string): void {
  assert.ok(actual instanceof HObject, `${path} of ${expected.t}`)
  if (!expected.t.startsWith('java.time.')) {
    assert.equal(actual.className, expected.t, path)
    return
  }
  const handle = expected.t.replace('java.time.', 'com.alibaba.com.caucho.hessian.io.java8.')
  assert.equal(actual.className, `${handle}Handle`, path)
}

/** Java names of the element types that the wire abbreviates. */
const ELEMENTS: Readonly<Record<string, string>> = { string: 'java.lang.String', object: 'java.lang.Object' }

/** List classes that Java cannot make again and reads as an ArrayList. */
const PRIVATE_LISTS: readonly string[] = ['java.util.Arrays$ArrayList', 'java.util.Collections$EmptyList']

/** Java class of a list: `[double` → `double`, `[[double` → `double[]` (arrays are named by their elements). */
function javaList(type: string | undefined): string {
  if (type === undefined || PRIVATE_LISTS.includes(type)) return 'java.util.ArrayList'
  if (!type.startsWith('[')) return type
  const element = type.slice(1)
  if (element.startsWith('[')) return `${javaList(element)}[]`
  return ELEMENTS[element] ?? element
}

function assertList(expected: TypedJson, actual: HessianValue, path: string, known: Known): void {
  assert.ok(actual instanceof HList || actual instanceof HDoubles, path)
  const items = expected.v as TypedJson[]
  const found = itemsOf(actual)
  assert.equal(found.length, items.length, path)
  if (expected.c === 'java.util.HashSet') {
    // Java makes one of any set for a field of type Set, with an order of its own.
    assert.match(actual.type ?? '', /Set$/, path)
    for (const item of items) assert.ok(found.some((candidate) => matches(item, candidate), path))
    return
  }
  assert.equal(javaList(actual.type), expected.c, path)
  for (const [i, item] of items.entries()) {
    assertTyped(item, found[i] as HessianValue, `${path}[${i}]`, known)
  }
}

function assertMap(expected: TypedJson, actual: HessianValue, path: string, known: Known): void {
  if (actual instanceof HObject) {
    // An object of a class that Java did not have.
    assertMap(expected, new HMap([...actual.names], actual.values), path, known)
    return
  }
  assert.ok(actual instanceof HMap, path)
  assert.equal(actual.type ?? 'java.util.HashMap', expected.c, path)
  const entries = expected.v as [TypedJson, TypedJson][]
  assert.equal(actual.keys.length, entries.length, path)
  // A HashMap has an order of its own: entries are found by their key.
  const left = entriesOf(actual)
  for (const [key, value] of entries) {
    const at = left.findIndex(([candidate]) => matches(key, candidate))
    assert.ok(at >= 0, `${path} has the key ${JSON.stringify(key)}`)
    const [[, found]] = left.splice(at, 1) as [[HessianValue, HessianValue]]
    assertTyped(value, found, `${path}.${JSON.stringify(key.v)}`, known)
  }
}

function matches(expected: TypedJson, actual: HessianValue): boolean {
  try {
    assertTyped(expected, actual)
    return true
  } catch {
    return false
  }
}

function assertObject(
  className: string | undefined,
  fields: readonly [string, TypedJson][],
  actual: HessianValue,
  path: string,
  known: Known
): void {
  assert.ok(actual instanceof HObject, path)
  assert.equal(actual.className, className, path)
  const byName = new Map(fieldsOf(actual))
  for (const [name, value] of fields) {
    assert.ok(byName.has(name), `${path}.${name} is there`)
    assertTyped(value, byName.get(name) as HessianValue, `${path}.${name}`, known)
  }
}

function assertThrowable(expected: TypedJson, actual: HessianValue, path: string, known: Known): void {
  assertObject(expected.c, Object.entries((expected.f ?? {}) as Record<string, TypedJson>), actual, path, known)
  const fields = new Map(fieldsOf(actual as HObject))
  assertTyped(expected.message as TypedJson, fields.get('detailMessage') as HessianValue, `${path}.message`, known)
  const cause = fields.get('cause') as HessianValue
  // Java writes "no cause" as a reference of the exception to itself.
  if (expected.cause?.t === 'null') assert.ok(cause === null || cause === actual, `${path} has no cause`)
  else assertTyped(expected.cause as TypedJson, cause, `${path}.cause`, known)
  const frames = fields.get('stackTrace')
  assert.ok(frames instanceof HList, path)
  assert.equal(frames.items.length, expected.frames, path)
}
