import { AboxError } from '#core/errors'
import { decodeInvocation } from '#lib/dubbo'
import { decodeBytes, HessianScan, writeJson } from '#lib/hessian2'
import { JsonSink } from '#lib/json'
import { decodeReply } from '../../../src/lib/dubbo/reply.ts'
import type { CorpusEntry, OutcomeOf } from './corpus.ts'

const HEADER_BYTES = 16
const REQUEST = 0x80

/** What becomes of an entry: `ok` or the code of the error, for each way to read it that there is for its kind. */
export function outcomeOf({ kind, bytes }: CorpusEntry): Map<OutcomeOf, string> {
  const outcomes = new Map<OutcomeOf, string>()
  const body = kind === 'frame' ? bytes.subarray(HEADER_BYTES) : bytes
  const answer = kind === 'frame' && ((bytes[2] ?? 0) & REQUEST) === 0
  outcomes.set(
    'decode',
    codeOf(() => decodeBytes(body))
  )
  outcomes.set(
    'json',
    codeOf(() => writeAll(new HessianScan(body)))
  )
  if (answer)
    outcomes.set(
      'reply',
      codeOf(() => decodeReply(bytes, 'the call'))
    )
  else
    outcomes.set(
      'call',
      codeOf(() => writeArguments(body))
    )
  return outcomes
}

/** `ok`, or the code of the AboxError that `run` throws; anything else that it throws goes on. */
export function codeOf(run: () => void): string {
  try {
    run()
    return 'ok'
  } catch (error) {
    if (error instanceof AboxError) return error.code
    throw error
  }
}

function writeAll(scan: HessianScan): void {
  const sink = new JsonSink()
  while (scan.pos < scan.end) writeJson(scan, scan.skip(), sink)
}

function writeArguments(body: Buffer): void {
  const { scan, argOffsets } = decodeInvocation(body)
  const sink = new JsonSink()
  for (const offset of argOffsets) writeJson(scan, offset, sink)
}
