import { decodeInvocation, type Invocation } from '#lib/dubbo'
import { type HessianBudget, JsonSteps, LargeScan } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import type { Route } from './routing-table.ts'
import { SLICE_BYTES, type Slices } from './turns.ts'

/**
 * Bodies beyond this many bytes are read and written as JSON in slices, between which others are served. The worst that
 * so many bytes can hold (a list of one-byte values, control characters) takes about 3 ms to scan or to write, which is
 * little beside the deadline of a call; ordinary bodies are a thousandth of it, and slices would only cost them promises.
 */
export const LARGE_BODY_BYTES = 128 * 1024

/**
 * Whether the JSON of the arguments is written in slices: a large body makes much of it, a few references make any amount, and
 * objects of two bytes each take ten times as long as other values, because their names are written with them.
 */
export function isLarge(body: Buffer, { scan }: Invocation): boolean {
  const { length } = body
  return length > LARGE_BODY_BYTES || scan.refs > 0 || (length > SLICE_BYTES && scan.classOffsets.length > 0)
}

/** `decodeInvocation` of a large body. */
export function* decodeLarge(body: Buffer, budget: HessianBudget): Slices<Invocation> {
  const scan = new LargeScan(body, 0, body.length, budget)
  while (!scan.walk(SLICE_BYTES)) yield
  return decodeInvocation(body, budget, scan)
}

/** JSON of arguments of a large invocation. */
export interface LargeJson {
  /** `[a,b,…]` when all were asked for. */
  readonly all: Buffer
  /** Each by its index, as a part of `all`. */
  readonly one: ReadonlyMap<number, Buffer>
}

/**
 * Writes all arguments, or those of some indexes; indexes that the invocation does not have are left out. Together they
 * may have `maxBytes`: ABOX_JSON_TOO_LARGE, and any error of `writeJson`.
 */
export function* writeLarge(
  invocation: Invocation,
  route: Route,
  wanted: 'all' | ReadonlySet<number>,
  maxBytes: number
): Slices<LargeJson> {
  const { argOffsets, scan } = invocation
  const sink = new JsonSink(1024, maxBytes)
  const places: [index: number, start: number, end: number][] = []
  if (wanted === 'all') sink.ascii('[')
  for (const index of wanted === 'all' ? argOffsets.keys() : wanted) {
    const offset = argOffsets[index]
    if (offset === undefined) continue
    if (wanted === 'all' && index > 0) sink.ascii(',')
    const start = sink.length
    const steps = new JsonSteps(scan, offset, sink, route.types)
    while (!steps.step(SLICE_BYTES)) yield
    places.push([index, start, sink.length])
  }
  if (wanted === 'all') sink.ascii(']')
  const all = sink.take()
  return { all, one: new Map(places.map(([index, start, end]) => [index, all.subarray(start, end)])) }
}
