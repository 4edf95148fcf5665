import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { defaultBudget, JsonSteps, LargeScan } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { hostileBodies } from '../harness/hostile-bodies.ts'

/** What one turn of the gateway's event loop takes on (src/apps/gateway/large-body.ts). */
const SLICE_BYTES = 128 * 1024
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
