import type { HessianScan } from '#lib/hessian2'

/** Descriptor of `$invoke` and `$invokeAsync`; a call with another one is not generic. */
export const GENERIC_DESCRIPTOR = 'Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;'

interface Known {
  readonly text: string
  readonly wire: Buffer
}

/** What nearly every request holds, by the first byte of its Hessian form (which is its length, up to 31). */
const KNOWN: readonly (readonly Known[] | undefined)[] = index([
  '2.0.2',
  '0.0.0',
  '$invoke',
  '$invokeAsync',
  GENERIC_DESCRIPTOR,
  'path',
  'interface',
  'version',
  'group',
  'timeout',
  'remote.application',
  'generic',
  'true'
])

/**
 * Reads one of the strings that nearly every request holds, or `undefined` with nothing consumed when another value
 * comes. Comparing a few bytes costs a fifth of making a string, and two thirds of a request's strings are these.
 */
export function readKnownText(scan: HessianScan): string | undefined {
  const { bytes, pos } = scan
  const candidates = pos < scan.end ? KNOWN[bytes[pos] as number] : undefined
  if (candidates === undefined) return undefined
  for (const { text, wire } of candidates) {
    if (wire.length > scan.end - pos || !same(bytes, pos, wire, 0, wire.length)) continue
    scan.pos = pos + wire.length
    return text
  }
  return undefined
}

/** Whether the next value is written with the same bytes as those from `start` to `end`; then it is passed. */
export function passIfSame(scan: HessianScan, start: number, end: number): boolean {
  const length = end - start
  if (length > scan.end - scan.pos || !same(scan.bytes, scan.pos, scan.bytes, start, length)) return false
  scan.pos += length
  return true
}

function same(left: Buffer, leftStart: number, right: Buffer, rightStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (left[leftStart + i] !== right[rightStart + i]) return false
  return true
}

function index(texts: readonly string[]): (Known[] | undefined)[] {
  const table = new Array<Known[] | undefined>(256).fill(undefined)
  for (const text of texts) {
    const head = text.length < 32 ? [text.length] : [0x30, text.length]
    const wire = Buffer.concat([Buffer.from(head), Buffer.from(text, 'latin1')])
    const first = wire[0] as number
    table[first] = [...(table[first] ?? []), { text, wire }]
  }
  return table
}
