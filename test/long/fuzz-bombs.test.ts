import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AboxError } from '#core/errors'
import { inspectFrames } from '#lib/dubbo'
import { decodeBytes, decodeValue, defaultBudget, HessianScan, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { expand } from '../harness/fuzz/corpus.ts'
import { frameOf } from '../harness/fuzz/frames.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const MIB = 1024 * 1024
/** What one value of the budget may cost as a JavaScript value: a map with its two lists is the largest. */
const BYTES_PER_VALUE = 256

/** Memory that is held while the result of `run` is, in bytes. */
function heldBy(run: () => unknown): number {
  collect()
  const before = process.memoryUsage()
  const held = run()
  collect()
  const after = process.memoryUsage()
  assert.notEqual(held, 0)
  return after.heapUsed + after.external - before.heapUsed - before.external
}

/** What `run` answers, or the code that it is refused with. */
function orCode(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    assert.ok(error instanceof AboxError, String(error))
    return error.code
  }
}

/** Bodies that cost others a hundred times their length, by what they hold over and over. */
const AMPLIFIERS: Readonly<Record<string, (count: number) => string>> = {
  'empty maps': (count) => `57 (485a)*${count} 5a`,
  'empty lists': (count) => `57 (78)*${count} 5a`,
  'empty marked lists': (count) => `57 (575a)*${count} 5a`,
  'objects without fields': (count) => `57 43014190 (60)*${count} 5a`,
  classes: (count) => `(43014190)*${count} 60`,
  nulls: (count) => `57 (4e)*${count} 5a`,
  'doubles of one byte': (count) => `57 (5b)*${count} 5a`,
  ints: (count) => `57 (90)*${count} 5a`,
  'empty strings': (count) => `57 (00)*${count} 5a`,
  'empty bytes': (count) => `57 (20)*${count} 5a`,
  references: (count) => `57 (5190)*${count} 5a`,
  entries: (count) => `48 (0090)*${count} 5a`
}

for (const [name, body] of Object.entries(AMPLIFIERS)) {
  test(`eight megabytes of ${name} hold no more memory than the budget of values allows`, () => {
    // As many as the budget lets pass, and far more.
    for (const count of [300_000, 4_000_000]) {
      const bytes = expand(body(count))
      const values = Math.min(defaultBudget.maxNodes, 2 * count + 2)
      const decoded = heldBy(() => orCode(() => decodeBytes(bytes)))
      assert.ok(decoded < 16 * MIB + BYTES_PER_VALUE * values, `decoded: ${Math.round(decoded / MIB)} MiB`)
      const scanned = heldBy(() => orCode(() => passAll(bytes)))
      assert.ok(scanned < 16 * MIB + 32 * values, `scanned: ${Math.round(scanned / MIB)} MiB`)
    }
  })
}

test('bombs of shared references are looked at by tools without unfolding them', () => {
  const doubled = Array.from({ length: 15 }, (_, k) => `7c (51${(0x91 + k).toString(16)})*4`).join(' ')
  const frame = frameOf(expand(`58a0 78 ${doubled}`))
  const held = heldBy(() => inspectFrames(frame))
  assert.ok(held < 8 * MIB, `${held}`)
})

test('a value that refers into another from the inside outwards reads none of it twice', () => {
  const depth = 60
  const items = 100_000
  const references = Array.from({ length: depth }, (_, k) => `5149${(depth - k).toString(16).padStart(8, '0')}`)
  const count = (n: number): string => `5849${n.toString(16).padStart(8, '0')}`
  const bytes = expand(`(79)*${depth} ${count(items)} (78)*${items} ${count(depth)} ${references.join(' ')}`)
  const scan = new HessianScan(bytes)
  scan.skip()
  const second = scan.skip()
  const held = heldBy(() => decodeValue(scan, second))
  assert.ok(held < 2 * BYTES_PER_VALUE * items, `${Math.round(held / MIB)} MiB`)
})

test('the JSON of a bomb stops at its limit', () => {
  const doubled = Array.from({ length: 15 }, (_, k) => `7c (51${(0x91 + k).toString(16)})*4`).join(' ')
  const bytes = expand(`58a0 78 ${doubled}`)
  for (const maxJsonBytes of [1000, 100_000, 1_000_000]) {
    const scan = new HessianScan(bytes, 0, bytes.length, { ...defaultBudget, maxJsonBytes })
    const sink = new JsonSink(64)
    const offset = scan.skip()
    assert.equal(
      orCode(() => writeJson(scan, offset, sink)),
      'ABOX_HESSIAN_TOO_LARGE'
    )
    assert.ok(sink.length <= 2 * maxJsonBytes, `${sink.length} written, ${maxJsonBytes} allowed`)
    assert.ok(sink.bytes.length <= 4 * maxJsonBytes, `${sink.bytes.length} kept`)
  }
})

function passAll(bytes: Buffer): HessianScan {
  const scan = new HessianScan(bytes)
  while (scan.pos < scan.end) scan.skip()
  return scan
}
