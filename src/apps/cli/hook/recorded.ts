import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AboxError, describe } from '#core/errors'
import { JsonReader } from '#lib/json'
import { readLines } from '../lines.ts'
import { hookErrors } from './errors.ts'
import { fileError } from './source.ts'

/** A recorded call (contracts/recorded-call.ts), its values as they stand in the line. */
export interface RecordedLine {
  /** `gw-0.1700000000000.jsonl:12`, for messages. */
  readonly source: string
  /** `name@12 hex`; undefined where the route had no hook. */
  readonly hook: string | undefined
  readonly call: string
  readonly request: string | undefined
  readonly reply: string | undefined
  readonly result: string | undefined
  readonly error: string | undefined
  readonly masked: number
}

/** Longer than any gateway writes. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

/** The files of a folder in the order of their names, or the one file. Throws ABOX_HOOK_FILE. */
export async function findRecordings(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = (await readdir(path)).filter((name) => name.endsWith('.jsonl')).sort()
    if (names.length > 0) return names.map((name) => join(path, name))
  } catch (error) {
    throw fileError(path, describe(error), error)
  }
  throw fileError(path, 'found no file *.jsonl, expected recorded calls')
}

/** The calls of a file; a line that is none, such as the last one of a gateway that died, comes as ABOX_HOOK_RECORDING. Throws ABOX_HOOK_FILE. */
export async function* readRecordings(path: string): AsyncGenerator<RecordedLine | AboxError> {
  let number = 0
  try {
    for await (const line of readLines(createReadStream(path), MAX_LINE_BYTES)) {
      number++
      const source = `${path}:${number}`
      if (line instanceof AboxError) yield line
      else if (line.length > 0) yield attempt(line, source)
    }
  } catch (error) {
    throw fileError(path, describe(error), error)
  }
}

function attempt(line: Buffer, source: string): RecordedLine | AboxError {
  try {
    return readRecordedLine(line, source)
  } catch (error) {
    return bad(source, describe(error))
  }
}

/** Throws ABOX_HOOK_RECORDING and ABOX_JSON_…. */
export function readRecordedLine(line: Buffer, source: string): RecordedLine {
  const reader = new JsonReader(line)
  const parts = new Map<string, string>()
  if (reader.enterObject()) {
    do {
      const name = reader.readKey()
      reader.peek()
      const start = reader.pos
      reader.skip()
      parts.set(name, line.toString('utf8', start, reader.pos))
    } while (reader.nextKey())
  }
  reader.assertEnd()
  const version = parts.get('v')
  if (version !== '1') throw bad(source, `v: found ${version ?? 'nothing'}, expected 1`)
  const call = parts.get('call')
  if (call === undefined) throw bad(source, 'call: found nothing, expected what pre and post get')
  return {
    source,
    hook: textOf(parts.get('hook')),
    call,
    request: parts.get('request'),
    reply: parts.get('reply'),
    result: parts.get('result'),
    error: textOf(parts.get('error')),
    masked: Number(parts.get('masked') ?? 0)
  }
}

const textOf = (json: string | undefined): string | undefined =>
  json === undefined ? undefined : new JsonReader(Buffer.from(json)).readString()

const bad = (source: string, what: string): AboxError =>
  new AboxError(hookErrors.ABOX_HOOK_RECORDING, `${source}: ${what}`)
