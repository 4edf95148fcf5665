import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { defaultBudget, HessianWriter, JsonSteps, LargeScan } from '#lib/hessian2'
import { createTypes } from '#lib/java-types'
import { JsonSink } from '#lib/json'
import { type ModelProtocol, wrapRequestSlices } from '#lib/model-protocols'
import { createArgumentWriter } from '../../src/apps/gateway/arguments.ts'
import { decodeLarge } from '../../src/apps/gateway/large-body.ts'
import type { Route } from '../../src/apps/gateway/routing-table.ts'
import { SLICE_BYTES, type Slices } from '../../src/apps/gateway/turns.ts'
import { hostileBodies } from '../harness/hostile-bodies.ts'

const LIMIT_MS = 20
const MAX_JSON_BYTES = 16 * 1024 * 1024
/** Processor time counts and not the clock, and of several runs the best: other programs must not fail this. */
const RUNS = 4

function cpuMs(run: () => boolean): [number, boolean] {
  const before = process.cpuUsage()
  const done = run()
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1000, done]
}

/** The longest step until all is done. */
function longest(step: () => boolean): number {
  let worst = 0
  for (;;) {
    const [took, done] = cpuMs(step)
    worst = Math.max(worst, took)
    if (done) return worst
  }
}

/** Longest slices of scanning a body and of writing it as JSON, as far as both go. */
function slicesOf(body: Buffer): [number, number] {
  const scan = new LargeScan(body, 0, body.length, defaultBudget)
  const scanMs = longest(() => scan.walk(SLICE_BYTES))
  let offset: number
  try {
    offset = scan.skip()
  } catch (error) {
    assert.ok(error instanceof AboxError)
    return [scanMs, 0]
  }
  const steps = new JsonSteps(scan, offset, new JsonSink(SLICE_BYTES, MAX_JSON_BYTES))
  const jsonMs = longest(() => {
    try {
      return steps.step(SLICE_BYTES)
    } catch (error) {
      assert.ok(error instanceof AboxError)
      return true
    }
  })
  return [scanMs, jsonMs]
}

for (const [name, make] of Object.entries(hostileBodies)) {
  test(`no slice of ${name} takes longer than ${LIMIT_MS} ms`, () => {
    const body = make()
    let [scanMs, jsonMs] = slicesOf(body)
    for (let run = 1; run < RUNS; run++) {
      const [scan, json] = slicesOf(body)
      scanMs = Math.min(scanMs, scan)
      jsonMs = Math.min(jsonMs, json)
    }
    console.log(`${name}: ${body.length >> 10} KiB, scan ${scanMs.toFixed(1)} ms, JSON ${jsonMs.toFixed(1)} ms`)
    assert.ok(scanMs <= LIMIT_MS, `scanning took ${scanMs.toFixed(1)} ms`)
    assert.ok(jsonMs <= LIMIT_MS, `writing took ${jsonMs.toFixed(1)} ms`)
  })
}

/** A route whose model is named by the first argument, and whose input is that argument. */
const ROUTE = {
  method: 'score',
  types: createTypes({}),
  model: { kind: 'argument', argument: 0, path: [] },
  hook: undefined,
  input: undefined
} as unknown as Route

/** The longest slice of what a call goes through up to its request, or up to its error. */
function stepsOf(body: Buffer, protocol: ModelProtocol): number {
  let worst = 0
  const run = <T>(slices: Slices<T>): T => {
    let result: T | undefined
    worst = Math.max(
      worst,
      longest(() => {
        const { done, value } = slices.next()
        if (done === true) result = value
        return done === true
      })
    )
    return result as T
  }
  const once = <T>(work: () => T): T =>
    run(
      // biome-ignore lint/correctness/useYield: this is done in one piece.
      (function* (): Slices<T> {
        return work()
      })()
    )
  try {
    const invocation = run(decodeLarge(body, defaultBudget))
    const args = run(createArgumentWriter(MAX_JSON_BYTES).large(invocation, ROUTE))
    once(() => args.name(invocation, ROUTE, 0, []))
    const input = once(() => args.input(invocation, ROUTE))
    run(wrapRequestSlices(protocol, input, SLICE_BYTES))
  } catch (error) {
    assert.ok(error instanceof AboxError)
  }
  return worst
}

function callBody(descriptor: string, write: (writer: HessianWriter) => void): Buffer {
  const writer = new HessianWriter()
  const method = descriptor.includes('[') ? '$invoke' : 'score'
  for (const text of ['2.0.2', 'a.B', '0.0.0', method, descriptor]) writer.string(text)
  write(writer)
  return Buffer.from(writer.take())
}

const GENERIC = 'Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;'
const COUNT = 800_000

function doubles(writer: HessianWriter): void {
  writer.listBegin(COUNT)
  for (let i = 1; i <= COUNT; i++) writer.double(Math.sqrt(i))
}

/** An object with a long value before the keys by which a protocol knows a whole request. */
const whole = (): Buffer =>
  callBody('Ljava/util/Map;', (writer) => {
    writer.mapBegin()
    writer.string('a')
    doubles(writer)
    for (const key of ['instances', 'data', 'inputs']) {
      writer.string(key)
      writer.listBegin(0)
    }
    writer.mapEnd()
  })

/** A generic call with so many types of so many characters. */
const typed = (count: number, units: number): Buffer =>
  callBody(GENERIC, (writer) => {
    writer.string('score')
    writer.listBegin(count, '[string')
    for (let i = 0; i < count; i++) writer.string('中'.repeat(units))
    writer.listBegin(count, '[object')
    for (let i = 0; i < count; i++) writer.int(i)
  })

const CALLS: readonly [name: string, protocol: ModelProtocol, make: () => Buffer][] = [
  ['a whole request of TensorFlow', 'tensorflow', whole],
  ['a whole request of Seldon', 'seldon', whole],
  ['a whole request of V2', 'v2', whole],
  ['a list where the name of a model should be', 'tensorflow', () => callBody('Ljava/util/List;', doubles)],
  [
    'a name of a model of emoji',
    'raw',
    () => callBody('Ljava/lang/String;', (writer) => writer.string('😀'.repeat(1_390_000)))
  ],
  ['a parameter type of eight megabytes', 'raw', () => typed(1, 2_700_000)],
  ['a hundred parameter types', 'raw', () => typed(100, 26_000)]
]

for (const [name, protocol, make] of CALLS) {
  test(`no step of a call with ${name} takes longer than ${LIMIT_MS} ms`, () => {
    const body = make()
    let ms = stepsOf(body, protocol)
    for (let run = 1; run < RUNS; run++) ms = Math.min(ms, stepsOf(body, protocol))
    console.log(`${name}: ${body.length >> 10} KiB, ${ms.toFixed(1)} ms`)
    assert.ok(ms <= LIMIT_MS, `a step took ${ms.toFixed(1)} ms`)
  })
}
