import { decodeInvocation, type Invocation } from '#lib/dubbo'
import { type HessianBudget, JsonSteps, LargeScan } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import type { Route } from './routing-table.ts'
import type { NextTurn } from './turns.ts'

/**
 * Bodies beyond this many bytes are read and written as JSON in slices, between which others are served. The worst that
 * so many bytes can hold (a list of one-byte values, control characters) takes about 3 ms to scan or to write, which is
 * little beside the deadline of a call; ordinary bodies are a thousandth of it, and slices would only cost them promises.
 */
export const LARGE_BODY_BYTES = 128 * 1024
/** Bytes that are read or written in one turn of the event loop. */
const SLICE_BYTES = 128 * 1024

/**
 * Whether the JSON of the arguments is written in slices: a large body makes much of it, and a few references make any
 * amount. A call with an honest shared object waits for no turn either way, because it is done within the first slice.
 */
export function isLarge(body: Buffer, { scan }: Invocation): boolean {
  return body.length > LARGE_BODY_BYTES || scan.refs > 0
}

/** `decodeInvocation` of a large body. */
export async function decodeLarge(body: Buffer, budget: HessianBudget, nextTurn: NextTurn): Promise<Invocation> {
  const scan = new LargeScan(body, 0, body.length, budget)
  while (!scan.walk(SLICE_BYTES)) await nextTurn()
  return decodeInvocation(body, budget, scan)
}

/**
 * JSON of some arguments of a large invocation, by their index; indexes that it does not have are left out. Together they
 * may have `maxBytes`: ABOX_JSON_TOO_LARGE, and any error of `writeJson`.
 */
export async function writeLarge(
  invocation: Invocation,
  route: Route,
  needed: ReadonlySet<number>,
  maxBytes: number,
  nextTurn: NextTurn
): Promise<ReadonlyMap<number, Buffer>> {
  const texts = new Map<number, Buffer>()
  let left = maxBytes
  for (const index of needed) {
    const offset = invocation.argOffsets[index]
    if (offset === undefined) continue
    const sink = new JsonSink(1024, left)
    const steps = new JsonSteps(invocation.scan, offset, sink, route.types)
    while (!steps.step(SLICE_BYTES)) await nextTurn()
    texts.set(index, sink.take())
    left -= sink.length
  }
  return texts
}
