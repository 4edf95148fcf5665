import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AboxError } from '#core/errors'
import { decodeBytes, HessianScan, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { bodyFiles, bodyOf, goldenFrames } from './golden.ts'

/** Milliseconds spent; a run is repeated by its seed. */
const TIME = 30000
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff)

/** Bytes that mean something, put in by chance. */
const TELLING = Buffer.from('4e545a5160434f70575556584d483031525341420049594c445f4a4b7fff80', 'hex')

/** Small generator of reproducible chance (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function mutate(seeds: readonly Buffer[], pick: (below: number) => number): Buffer {
  const bytes = Buffer.from(seeds[pick(seeds.length)] as Buffer)
  for (let left = 1 + pick(4); left > 0; left--) {
    const at = pick(bytes.length)
    const kind = pick(5)
    if (kind === 0) bytes[at] = pick(256)
    else if (kind === 1) bytes[at] = TELLING[pick(TELLING.length)] as number
    else if (kind === 2) bytes[at] = (bytes[at] as number) ^ (1 << pick(8))
    else if (kind === 3) bytes.copyWithin(at, pick(bytes.length), pick(bytes.length))
    else {
      const other = seeds[pick(seeds.length)] as Buffer
      other.copy(bytes, at, pick(other.length))
    }
  }
  return pick(4) === 0 ? bytes.subarray(0, 1 + pick(bytes.length)) : bytes
}

/** Runs everything that reads; answers whether the bytes were accepted. Only an AboxError may come out. */
function readAll(bytes: Buffer): boolean {
  let accepted = true
  const attempt = (run: () => void) => {
    try {
      run()
    } catch (error) {
      if (!(error instanceof AboxError) || !/^ABOX_(HESSIAN|JSON)_/.test(error.code)) throw error
      accepted = false
    }
  }
  attempt(() => decodeBytes(bytes))
  const scan = new HessianScan(bytes)
  attempt(() => {
    while (scan.pos < scan.end) {
      const offset = scan.skip()
      attempt(() => {
        const sink = new JsonSink()
        writeJson(scan, offset, sink)
        const text = sink.take().toString('utf8')
        JSON.parse(text.replace(/(?<=[[,:{]|^)(NaN|-?Infinity)(?=[\],}]|$)/g, '0'))
      })
    }
  })
  const result = accepted
  attempt(() => new HessianScan(bytes).skipItems())
  return result
}

test('mutated bodies are read or refused with a code, and nothing behind the end is seen', () => {
  const seeds = bodyFiles.flatMap((file) => goldenFrames(file).map(bodyOf)).filter((body) => body.length < 3000)
  const pick = chance(SEED)
  const end = performance.now() + TIME
  let runs = 0
  let accepted = 0
  while (performance.now() < end) {
    const bytes = mutate(seeds, pick)
    // The same bytes with different bytes behind them must be read alike.
    const behind = Buffer.concat([bytes, Buffer.alloc(16, runs % 2 === 0 ? 0x5a : 0x90)]).subarray(0, bytes.length)
    try {
      const one = readAll(bytes)
      assert.equal(readAll(behind), one)
      accepted += one ? 1 : 0
    } catch (error) {
      assert.fail(`seed ${SEED}, run ${runs}, bytes ${bytes.toString('hex')}: ${String((error as Error).stack)}`)
    }
    runs++
  }
  console.log(runs, accepted); assert.ok(runs > 100 && accepted > 0, `${runs} runs, ${accepted} accepted`)
})

test('no mutation changes what all objects inherit', () => {
  assert.deepEqual(Object.keys(Object.prototype), [])
  assert.equal(Object.getOwnPropertyNames(Object.prototype).length, 12)
})
