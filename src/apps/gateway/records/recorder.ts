import type { Clock } from '#core/clock'
import type { Call } from '../call.ts'
import { type RecordSource, recordText } from './record-text.ts'

/** Where records go; an event stream of lib/event-stream is one. */
export interface RecordSink {
  push(text: string): void
  stats(): { readonly queued: number; readonly queuedBytes: number; readonly dropped: number; readonly sent: number }
}

export interface Recorder {
  /** Stage 11: never awaited, never throws. */
  record(call: Call, endedAt: number): void
  nextSeq(): number
  /** Stops the minute's timer and writes the last tally: nothing is recorded after it. */
  close(): void
}

const TALLY_EVERY_MS = 60_000

/** Numbers the records of one instance and hands them on. Without sinks it only counts. */
export function createRecorder(
  source: RecordSource,
  sinks: { readonly calls: RecordSink; readonly tallies: RecordSink } | undefined,
  clock: Clock
): Recorder {
  let seq = 0
  /** Every minute and at drain: with it a reader proves that no record is missing. */
  const tally = (): void => {
    if (sinks === undefined) return
    const { dropped } = sinks.calls.stats()
    const { instance, epoch } = source
    sinks.tallies.push(JSON.stringify({ v: 1, ts: clock.wallMs(), instance, epoch, nextSeq: seq, dropped }))
  }
  const timer = setInterval(tally, TALLY_EVERY_MS)
  timer.unref()
  return {
    record(call, endedAt) {
      const mine = seq++
      if (sinks !== undefined) sinks.calls.push(recordText(call, source, mine, endedAt))
    },
    nextSeq: () => seq,
    close() {
      clearInterval(timer)
      tally()
    }
  }
}
