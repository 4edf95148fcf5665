import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import {
  decodeBytes,
  defaultBudget,
  encodeValue,
  HessianScan,
  type HessianValue,
  HessianWriter,
  writeJson
} from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { canonicalJson } from '../../../interop/lib/canonical-json.ts'
import { expectedJson, UNREADABLE } from '../../../interop/lib/hessian2-samples.ts'
import { graphText } from './graph-text.ts'

// What hessian-lite 3.2.13 and 4.0.4 wrote for the samples of test/peers/java/hessian. The interop tests record it.

interface Recorded {
  readonly name: string
  readonly type: string
  readonly hex: string
}

/** One sample nests 100 deep. */
const budget = { ...defaultBudget, maxDepth: 128 }
const ENUMS: readonly string[] = ['com.example.types.Level', 'com.example.types.Operation']

for (const lite of ['32', '40'] as const) {
  const url = new URL(`../../../fixtures/hessian/lite-${lite}.jsonl`, import.meta.url)
  const recorded = readFileSync(url, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded)

  test(`every recorded value of hessian-lite ${lite} is one value, and the same graph after it was written again`, () => {
    assert.ok(recorded.length > 400)
    for (const { name, hex } of recorded) {
      const value = decoded(Buffer.from(hex, 'hex'), name)
      const writer = new HessianWriter(64)
      encodeValue(writer, value)
      assert.equal(graphText(decoded(writer.take(), name)), graphText(value), name)
    }
  })

  test(`no beginning of a recorded value of hessian-lite ${lite} is taken for a whole one`, () => {
    for (const { name, hex } of recorded) {
      const bytes = Buffer.from(hex, 'hex')
      for (let length = 1; length < bytes.length && bytes.length <= 400; length++) {
        assert.throws(
          () => decodeBytes(bytes.subarray(0, length), budget),
          (error) => error instanceof AboxError && error.code.startsWith('ABOX_HESSIAN_'),
          `${name}: ${length} of ${bytes.length} bytes`
        )
      }
    }
  })

  test(`the JSON of the recorded values of hessian-lite ${lite} is what they mean`, () => {
    let stated = 0
    for (const { name, hex } of recorded) {
      const expected = UNREADABLE[lite].has(name) ? undefined : expectedJson(name)
      if (expected === undefined) continue
      stated++
      assert.equal(canonicalJson(jsonOf(hex)), canonicalJson(expected), name)
    }
    assert.ok(stated > 250, `${stated} are stated`)
  })
}

function decoded(bytes: Buffer, name: string): HessianValue {
  const values = decodeBytes(bytes, budget)
  assert.equal(values.length, 1, name)
  return values[0] ?? null
}

function jsonOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const scan = new HessianScan(bytes, 0, bytes.length, budget)
  const sink = new JsonSink()
  writeJson(scan, scan.skip(), sink, { isEnum: (name) => ENUMS.includes(name) || undefined })
  return sink.take().toString('utf8')
}
