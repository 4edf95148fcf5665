import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeInvocation } from '#lib/dubbo'
import {
  decodeValue,
  HDate,
  HDouble,
  HDoubles,
  type HessianValue,
  HInt,
  HList,
  HLong,
  HMap,
  HObject
} from '#lib/hessian2'
import {
  bytesOf,
  type GoldenFrame,
  type GoldenValue,
  goldenAttachments,
  goldenFrames,
  REQUEST_FILES
} from './golden.ts'

/** Kind of a decoded value in the words of the fixtures. */
function kindOf(value: HessianValue): string {
  if (value === null) return 'null'
  if (value instanceof HInt) return 'int'
  if (value instanceof HLong) return 'long'
  if (value instanceof HDouble) return 'double'
  if (value instanceof HList || value instanceof HDoubles) return 'list'
  if (value instanceof HMap) return 'map'
  if (value instanceof HObject) return 'object'
  if (value instanceof HDate) return 'date'
  return Buffer.isBuffer(value) ? 'bytes' : typeof value
}

/** The fixtures speak of Java: what they call an enum or an array is an object or a list on the wire. */
function sameKind(expected: GoldenValue, found: HessianValue): boolean {
  const kind = kindOf(found)
  switch (expected.t) {
    case 'array':
      return kind === 'list'
    case 'float':
      return kind === 'double'
    case 'string':
    case 'int':
    case 'long':
    case 'double':
    case 'null':
    case 'date':
    case 'bytes':
    case 'list':
    case 'map':
    case 'boolean':
      return kind === expected.t
    default:
      return true
  }
}

interface Call {
  readonly method: string
  readonly args: readonly GoldenValue[]
  readonly types: readonly string[] | undefined
}

/** What was called, from the body as hessian-lite decoded it. */
function expectedCall(frame: GoldenFrame): Call {
  const items = frame.body ?? []
  const method = String(items[3]?.v)
  if (!method.startsWith('$invoke')) return { method, args: items.slice(5, -1), types: undefined }
  const list = (item: GoldenValue | undefined): readonly GoldenValue[] => (item?.v ?? []) as readonly GoldenValue[]
  return { method: String(items[5]?.v), args: list(items[7]), types: list(items[6]).map((type) => String(type.v)) }
}

for (const file of REQUEST_FILES) {
  describe(`golden requests of ${file}`, () => {
    for (const frame of goldenFrames(file)) {
      it(`${frame.name} is understood`, () => {
        const bytes = bytesOf(frame)
        const call = decodeInvocation(bytes.subarray(16))
        const expected = expectedCall(frame)
        assert.equal(call.dubboVersion, '2.0.2')
        assert.equal(call.responseAttachmentsAllowed, true)
        assert.equal(call.service, goldenAttachments(frame).get('path'))
        assert.match(call.service, /^com\.example\.rank\.(Rank|Types)Service$/)
        assert.equal(call.version, undefined)
        assert.equal(call.method, expected.method)
        assert.equal(call.generic, String(frame.body?.[3]?.v).startsWith('$invoke'))
        assert.equal(call.echo, expected.method === '$echo')
        if (expected.types?.length === expected.args.length) assert.deepEqual(call.parameterTypes, expected.types)
        else if (expected.types !== undefined) assert.equal(call.parameterTypes, undefined)
        assert.equal(call.argOffsets.length, expected.args.length)
        for (const [i, offset] of call.argOffsets.entries()) {
          const value = decodeValue(call.scan, offset)
          const golden = expected.args[i] as GoldenValue
          assert.ok(sameKind(golden, value), `argument ${i}: found ${kindOf(value)}, expected ${golden.t}`)
          if (golden.t === 'string' && golden.units === undefined) assert.equal(value, golden.v)
        }
        assert.deepEqual(new Map(call.attachments), goldenAttachments(frame))
        assert.equal(call.scan.pos, call.scan.end)
      })
    }
  })
}
