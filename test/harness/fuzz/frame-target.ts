import assert from 'node:assert/strict'
import { AboxError } from '#core/errors'
import { decodeInvocation, dubboErrors, dubboInspectErrors, type Invocation, inspectFrames } from '#lib/dubbo'
import {
  decodeBytes,
  decodeValue,
  defaultBudget,
  encodeValue,
  type HessianBudget,
  HessianScan,
  type HessianValue,
  HessianWriter,
  HList,
  hessianErrors,
  JsonSteps,
  LargeScan,
  parseTyped,
  printTyped,
  writeJson
} from '#lib/hessian2'
import { JsonReader, JsonSink, jsonErrors } from '#lib/json'
import { decodeReply } from '../../../src/lib/dubbo/reply.ts'
import { type FrameFault, FrameSplitter } from '../../../src/lib/dubbo/splitter.ts'
import { graphText } from '../../unit/lib/hessian2/graph-text.ts'
import { POISONS, PoisonedMemory } from './poison.ts'
import { assertNothingAdded } from './prototypes.ts'

const HEADER_BYTES = 16
const PAYLOAD_BYTES = 8 * 1024 * 1024
const SKIP_BYTES = 4096

const NO_JSON = /(?<=[[,:{]|^)(?:NaN|-?Infinity)(?=[\],}]|$)/g

/** Bytes of a slice or step: one, not divisors of anything, and many. */
const SLICES = [1, 3, 17, 256]

/** Everything that reading may end with. What is written here was read before, so that nothing is unwritable. */
const KNOWN = new Set<string>(
  [hessianErrors, dubboErrors, dubboInspectErrors, jsonErrors].flatMap((rows) => Object.keys(rows))
)

/** Feeds a frame to all that reads frames, twice in different surroundings, and throws when anything is wrong with it. */
export class FrameTarget {
  readonly #memory = new PoisonedMemory()
  readonly #other = new PoisonedMemory()
  readonly #one = new Tape()
  readonly #two = new Tape()
  readonly #budget: HessianBudget
  /** Frames of which the body was a sound stream. */
  sound = 0
  /** Frames whose body was an invocation. */
  calls = 0

  constructor(budget: HessianBudget = defaultBudget) {
    this.#budget = budget
  }

  /** `run` chooses the surroundings and the size of slices. `thorough`: also in slices, and what only tools do with it. */
  run(frame: Buffer, run: number, thorough: boolean): void {
    const [first, second] = POISONS[run % POISONS.length] as readonly [number, number]
    const slice = thorough ? (SLICES[(run >> 3) % SLICES.length] as number) : 0
    const here = this.#memory.place(frame, first)
    this.#one.reset()
    const sound = this.#one.read(here.memory, here.start, here.end, this.#budget, slice)
    const there = this.#other.place(frame, second)
    this.#two.reset()
    this.#two.read(there.memory, there.start, there.end, this.#budget, slice)
    const told = this.#one.sink.take()
    if (!told.equals(this.#two.sink.take())) this.#differ(told)
    if (!frame.equals(here.memory.subarray(here.start, here.end))) assert.fail('the bytes of the frame were written to')
    assertNothingAdded()
    if (sound) this.sound++
    if (this.#one.isCall) this.calls++
  }

  #differ(told: Buffer): never {
    const other = this.#two.sink.take()
    let at = 0
    while (told[at] === other[at]) at++
    const shown = (bytes: Buffer): string => bytes.toString('latin1', Math.max(0, at - 80), at + 80)
    assert.fail(`other bytes around the frame make a difference:\n${shown(told)}\n${shown(other)}`)
  }
}

/** What came out of a frame, one after the other: JSON, values encoded again, codes and messages of errors. */
class Tape {
  readonly sink = new JsonSink(1 << 16)
  readonly #writer = new HessianWriter(1 << 16)
  readonly #whole = new JsonSink()
  readonly #sums = new JsonSink()
  readonly #again = new HessianWriter(1 << 16)
  isCall = false

  reset(): void {
    this.sink.reset()
    this.isCall = false
  }

  /** Reads the frame that stands there in all ways, also in slices of so many bytes; whether its body is a sound stream. */
  read(memory: Buffer, start: number, end: number, budget: HessianBudget, slice: number): boolean {
    const frame = memory.subarray(start, end)
    const body = frame.subarray(Math.min(frame.length, HEADER_BYTES))
    this.#split(frame)
    this.#invocation(body, budget)
    if (frame.length >= HEADER_BYTES) this.#attempt(() => this.#reply(frame))
    const seen = this.#stream(memory, end - body.length, end, budget)
    const sound = this.#atOnce(body, budget, seen)
    if (slice > 0) {
      const from = end - body.length
      for (const items of [false, true]) {
        const once = new HessianScan(memory, from, end, budget)
        this.#sliced(once, new LargeScan(memory, from, end, budget), slice, items)
      }
      this.#slicedCall(body, budget, slice)
      this.#tools(frame)
    }
    return sound
  }

  /** The error that `run` ends with; nothing but the errors of reading may end it. */
  #attempt(run: () => void): AboxError | undefined {
    try {
      run()
      return undefined
    } catch (error) {
      if (!(error instanceof AboxError) || !KNOWN.has(error.code)) throw error
      this.sink.ascii(`!${error.code}@${error.offset}`)
      this.sink.string(error.message)
      return error
    }
  }

  /** In one piece, and in two. */
  #split(frame: Buffer): void {
    const whole = new Frames()
    whole.splitter.push(frame, 1)
    const halves = new Frames()
    const cut = frame.length >> 1
    halves.splitter.push(frame.subarray(0, cut), 1)
    halves.splitter.push(frame.subarray(cut), 1)
    if (whole.text !== halves.text) assert.fail(`in one piece ${whole.text}, in two ${halves.text}`)
    this.sink.ascii(whole.text)
  }

  #invocation(body: Buffer, budget: HessianBudget): void {
    this.#attempt(() => {
      const call = decodeInvocation(body, budget)
      this.isCall = true
      this.sink.string(`${call.service}|${call.version}|${call.group}|${call.method}|${call.parameterTypes?.join()}`)
      for (const [key, value] of call.attachments) this.sink.string(`${key}=${value}`)
      for (const offset of call.argOffsets) {
        this.#json(call.scan, offset)
        this.#attempt(() => this.#encoded([decodeValue(call.scan, offset)]))
      }
    })
  }

  #reply(frame: Buffer): void {
    const { value, exception, attachments } = decodeReply(frame, 'the call')
    this.sink.string(`${exception?.className}|${exception?.message}|${[...attachments].join()}`)
    this.#encoded([value])
  }

  /** Value by value, inside a larger buffer. */
  #stream(memory: Buffer, start: number, end: number, budget: HessianBudget): Seen {
    const scan = new HessianScan(memory, start, end, budget)
    const values: HessianValue[] = []
    const error = this.#attempt(() => {
      while (scan.pos < scan.end) {
        const offset = scan.skip()
        assert.ok(scan.pos <= end, 'the cursor is behind the end')
        this.#json(scan, offset)
        this.#attempt(() => values.push(decodeValue(scan, offset)))
      }
    })
    return { values, error }
  }

  #json(scan: HessianScan, offset: number): void {
    const before = this.sink.length
    const error = this.#attempt(() => writeJson(scan, offset, this.sink))
    const written = this.sink.length - before
    const limit = Math.min(scan.budget.maxJsonBytes, 1024 * 1024 + 64 * (scan.end - scan.start))
    if (written > 2 * limit) assert.fail(`${written} bytes of JSON, at most ${limit} are allowed`)
    if (error !== undefined) return
    const reader = new JsonReader(this.sink.bytes, before, this.sink.length)
    reader.skip()
    reader.assertEnd()
  }

  /** Walked in slices and written in steps, which must come to the same as in one go. `items`: lists are passed item by item. */
  #sliced(once: HessianScan, scan: LargeScan, slice: number, items: boolean): void {
    const { end } = once
    while (!scan.walk(slice)) assert.ok(scan.pos <= end, 'the cursor is behind the end')
    while (once.pos < end) {
      const asItems = items && ['list', 'null', 'ref'].includes(once.peek())
      const at = once.pos
      const expected = this.#attempt(() => this.#offsets(asItems ? once.skipItems() : [once.skip()]))
      const middle = this.sink.length
      const found = this.#attempt(() => this.#offsets(asItems ? scan.skipItems() : [scan.skip()]))
      assert.equal(`${found?.code} ${found?.offset}`, `${expected?.code} ${expected?.offset}`)
      if (expected !== undefined) return
      assert.equal(scan.pos, once.pos)
      const length = this.sink.length - middle
      const { bytes } = this.sink
      assert.ok(bytes.subarray(middle, middle + length).equals(bytes.subarray(middle - length, middle)), 'other items')
      if (!items) this.#steps(once, scan, at, slice)
    }
  }

  /** A call whose body was walked in slices is the same call, and one that is refused is refused. */
  #slicedCall(body: Buffer, budget: HessianBudget, slice: number): void {
    const scan = new LargeScan(body, 0, body.length, budget)
    while (!scan.walk(slice)) assert.ok(scan.pos <= body.length, 'the cursor is behind the end')
    let once = ''
    let sliced = ''
    const expected = this.#attempt(() => {
      once = callText(decodeInvocation(body, budget))
    })
    const found = this.#attempt(() => {
      sliced = callText(decodeInvocation(body, budget, scan))
    })
    // Which of two faults is met first may differ.
    if ((expected === undefined) !== (found === undefined)) {
      assert.fail(`in slices ${found?.message}, at once ${expected?.message}`)
    }
    assert.equal(sliced, once)
  }

  #offsets(offsets: readonly number[]): void {
    for (const offset of offsets) this.sink.ascii(`${offset};`)
  }

  #steps(once: HessianScan, scan: LargeScan, at: number, slice: number): void {
    this.#whole.reset()
    this.#sums.reset()
    const expected = this.#attempt(() => writeJson(once, at, this.#whole))
    const found = this.#attempt(() => {
      const steps = new JsonSteps(scan, at, this.#sums)
      while (!steps.step(slice)) assert.ok(this.#sums.length <= 2 * this.#whole.bytes.length, 'steps write without end')
    })
    assert.equal(found?.message, expected?.message)
    const json = this.#whole.take()
    if (!json.equals(this.#sums.take())) assert.fail('steps write another JSON')
    // Not only our own reader takes it; NaN and the infinities are the only thing that is not JSON.
    if (expected === undefined) JSON.parse(json.toString('utf8').replace(NO_JSON, '0'))
  }

  /** All at once, which must come to the same; and what was read is written and read again. */
  #atOnce(body: Buffer, budget: HessianBudget, seen: Seen): boolean {
    let values: HessianValue[] = []
    const error = this.#attempt(() => {
      values = decodeBytes(body, budget)
    })
    if (error?.code !== seen.error?.code) {
      assert.fail(`all at once ${error?.message ?? 'ok'}, one by one ${seen.error?.message ?? 'ok'}`)
    }
    if (error !== undefined) return false
    const bytes = this.#encoded(values)
    const decoded = decodeBytes(bytes, budget)
    // In one list, so that references from one value to another count.
    assert.equal(graphText(new HList(decoded)), graphText(new HList(values)))
    if (seen.values.length === values.length) assert.equal(sameOneByOne(seen.values), sameOneByOne(values))
    encodeAll(this.#again, decoded)
    if (!this.#again.take().equals(bytes)) assert.fail('what was written and read is written differently')
    return true
  }

  #encoded(values: readonly HessianValue[]): Buffer {
    encodeAll(this.#writer, values)
    const bytes = this.#writer.take()
    this.sink.raw(bytes)
    return bytes
  }

  #tools(frame: Buffer): void {
    const { frames, rest, error } = inspectFrames(frame)
    this.sink.string(`${frames.length}|${rest}|${error?.message}`)
    for (const { body } of frames) {
      this.sink.string(`${body.content.kind}|${body.error?.message}|${body.unread.toString('hex')}`)
      if (body.more.length === 0) continue
      const printed = printTyped(body.more)
      this.sink.string(printed)
      assert.equal(printTyped(parseTyped(printed)), printed)
    }
  }
}

function callText(call: Invocation): string {
  const { service, version, group, method, parameterTypes, argOffsets, attachments } = call
  return JSON.stringify([service, version, group, method, parameterTypes, argOffsets, [...attachments]])
}

interface Seen {
  readonly values: readonly HessianValue[]
  readonly error: AboxError | undefined
}

/** Values apart from each other: references from one to another do not count. */
function sameOneByOne(values: readonly HessianValue[]): string {
  return values.map(graphText).join('\n')
}

function encodeAll(writer: HessianWriter, values: readonly HessianValue[]): void {
  writer.reset()
  for (const value of values) encodeValue(writer, value)
}

/** What the splitter makes of bytes, as text. */
class Frames {
  text = ''
  readonly splitter = new FrameSplitter(
    PAYLOAD_BYTES,
    {
      onFrame: (frame) => this.#add(`frame of ${frame.length}`),
      onBroken: (fault: FrameFault, header) => this.#add(`${fault} ${header.toString('hex', 0, 2)}`),
      onSkip: () => this.#add('skip')
    },
    SKIP_BYTES
  )

  #add(what: string): void {
    this.text += `${what};`
  }
}
