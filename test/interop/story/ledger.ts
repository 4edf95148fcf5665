import assert from 'node:assert/strict'
import { Value } from 'typebox/value'
import { CallRecord, Tally } from '#contracts/call-record'
import { readTopic } from '../../peers/topics.ts'

/** The call records of a Kafka topic, proven complete. */
export interface Ledger {
  readonly calls: readonly CallRecord[]
  /** Records that match all given fields. */
  count(fields: Partial<CallRecord>): number
}

/**
 * Reads both topics and proves that nothing is missing: every record is valid, none is there twice, each instance's records are 0, 1, 2 … in the
 * order of their partition, and its last tally says the same number and that none was dropped. `killed` names instances that could not write a
 * last tally; theirs may lack an end, but no middle.
 */
export async function readLedger(kafka: string, killed: ReadonlySet<string> = new Set()): Promise<Ledger> {
  const calls = (await readTopic(kafka, 'abox-calls')).map(({ value, key }) => {
    assert.deepEqual([...Value.Errors(CallRecord, value)], [], JSON.stringify(value))
    const record = value as CallRecord
    assert.equal(key, record.instance)
    return record
  })
  const tallies = (await readTopic(kafka, 'abox-tally')).map(({ value }) => {
    assert.deepEqual([...Value.Errors(Tally, value)], [], JSON.stringify(value))
    return value as Tally
  })
  for (const [life, records] of Map.groupBy(calls, lifeOf)) {
    assert.deepEqual(
      records.map(({ seq }) => seq),
      records.map((_, index) => index),
      `${life}: sequence`
    )
    const last = tallies.filter((tally) => lifeOf(tally) === life).at(-1)
    if (killed.has(life)) continue
    assert.deepEqual([last?.nextSeq, last?.dropped], [records.length, 0], `${life}: last tally`)
  }
  return {
    calls,
    count: (fields) =>
      calls.filter((record) =>
        Object.entries(fields).every(([name, value]) => record[name as keyof CallRecord] === value)
      ).length
  }
}

/** One life of one instance: its sequence begins anew when it is started again. */
export const lifeOf = ({ instance, epoch }: { instance: string; epoch: number }): string => `${instance} ${epoch}`

/**
 * The largest distance between what a variant got and its exact share, over every prefix of every accumulator (life, caller, method) within one
 * generation of the model; below 1 when the split is exact.
 */
export function worstSplit(
  calls: readonly CallRecord[],
  variant: string,
  ppmOf: (generation: number) => number
): number {
  const inSplit = calls.filter(({ reason }) => reason === 'weight')
  const keyOf = (record: CallRecord): string =>
    JSON.stringify([lifeOf(record), record.caller, record.method, record.generation])
  let worst = 0
  for (const records of Map.groupBy(inSplit, keyOf).values()) {
    const share = ppmOf(records[0]?.generation ?? 0) / 1_000_000
    const sent = records.filter((record) => record.variant === variant).length
    worst = Math.max(worst, Math.abs(sent - share * records.length))
  }
  return worst
}
