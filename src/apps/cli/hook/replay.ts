import { join } from 'node:path'
import { type Command, type CommandInput, textOption, textOptions } from '#core/command'
import { AboxError } from '#core/errors'
import { formatDifferences } from '#lib/numeric-diff'
import { usage } from '../line-options.ts'
import { openRuntime, placementOf } from './placement.ts'
import { findRecordings, type RecordedLine, readRecordings } from './recorded.ts'
import { createReplay, type Replay, type ReplayReport } from './replay-run.ts'
import { fileError, type HookSource, readHookSource } from './source.ts'

/** `abox hook replay`: old and new version of a hook on recorded calls. Exit code 1 where more calls differ than may. */
export const hookReplayCommand: Command = {
  name: 'replay',
  summary: 'run a new version of a hook on recorded calls and compare it with the old one',
  usage: '--from FILE|FOLDER --against FILE|sha256:… [--base FILE|sha256:…]',
  options: {
    from: { type: 'string' },
    against: { type: 'string' },
    base: { type: 'string' },
    store: { type: 'string' },
    hook: { type: 'string' },
    tolerance: { type: 'string' },
    absolute: { type: 'string' },
    ignore: { type: 'string', multiple: true },
    limit: { type: 'string' },
    'max-different': { type: 'string' },
    placement: { type: 'string' },
    output: { type: 'string', short: 'o' }
  },
  describe: {
    from: 'replay: file or folder of recorded calls (recordings.dir of a gateway)',
    against: 'replay: the new version: its file, or its digest with --store',
    base: 'replay: the old version; default: compare with the recorded request and result',
    store: 'replay: folder with bundles, <hex>.js or .ts',
    hook: 'replay: calls of this hook, where the files have several',
    tolerance: 'replay: part of the larger number by which numbers may differ; 1e-6. Two integers may not',
    absolute: 'replay: by how much numbers may differ; 0',
    ignore: 'replay: path rule of what is not compared, as result.at or **.trace; may be repeated',
    limit: 'replay: the first so many calls',
    'max-different': 'replay: calls that may differ or fail; 0',
    placement: 'replay: sandbox (default; a process that may die) or instance',
    output: 'replay: table (default) or json'
  },
  examples: [
    'abox hook replay --from recordings --against rank.js',
    'abox hook replay --from recordings --base old.js --against new.js --ignore result.at',
    'abox hook replay --from calls.jsonl --against sha256:… --store bundles --max-different 0 -o json   # a release gate'
  ],
  run: (input) => runHookReplay(input, input.positionals)
}

/** Calls that are run side by side: as many as go into an isolate together. */
const BATCH = 16

/** As an action of `abox hook`; `args` are the arguments behind it. */
export async function runHookReplay(input: CommandInput, args: readonly string[]): Promise<number> {
  if (args.length > 0) throw usage(`found "${args[0]}", expected options only`)
  const output = textOption(input, 'output') ?? 'table'
  if (output !== 'table' && output !== 'json') throw usage(`--output: found "${output}", expected table or json`)
  const from = textOption(input, 'from') ?? missing('from', 'recorded calls')
  const store = textOption(input, 'store')
  const against = await findVersion(textOption(input, 'against') ?? missing('against', 'the new version'), store)
  const baseText = textOption(input, 'base')
  const base = baseText === undefined ? undefined : await findVersion(baseText, store)
  const maxDifferent = numberOption(input, 'max-different', 0)
  const files = await findRecordings(from)
  const options = {
    relative: numberOption(input, 'tolerance', 1e-6),
    absolute: numberOption(input, 'absolute', 0),
    ignore: textOptions(input, 'ignore')
  }
  const runtime = openRuntime(placementOf(input) ?? 'sandbox')
  try {
    const sandbox = await runtime.create(against)
    const replay = createReplay(sandbox, base === undefined ? undefined : await runtime.create(base), options)
    const limit = numberOption(input, 'limit', Number.POSITIVE_INFINITY)
    const read = await replayFiles(files, replay, { limit, hook: textOption(input, 'hook') })
    if (read.calls === 0) throw read.unreadable[0] ?? fileError(from, 'found no recorded calls of this hook')
    return say(output, replay.report(), { read, against, base, maxDifferent })
  } finally {
    await runtime.close()
  }
}

/** What was read. */
interface Read {
  calls: number
  hook: string | undefined
  readonly unreadable: AboxError[]
}

async function replayFiles(
  files: readonly string[],
  replay: Replay,
  { limit, hook }: { limit: number; hook: string | undefined }
): Promise<Read> {
  const read: Read = { calls: 0, hook, unreadable: [] }
  let batch: RecordedLine[] = []
  for await (const line of linesOf(files)) {
    if (read.calls >= limit) break
    if (line instanceof AboxError) {
      read.unreadable.push(line)
      continue
    }
    const name = line.hook?.replace(/@[^@]*$/, '')
    if (hook !== undefined && name !== hook) continue
    if (hook === undefined && read.calls > 0 && name !== read.hook) {
      throw usage(`found calls of ${name ?? 'no hook'} and of ${read.hook ?? 'no hook'}, expected --hook to name one`)
    }
    read.hook = name
    read.calls++
    batch.push(line)
    if (batch.length === BATCH) {
      await replay.run(batch)
      batch = []
    }
  }
  await replay.run(batch)
  return read
}

async function* linesOf(files: readonly string[]): AsyncGenerator<RecordedLine | AboxError> {
  for (const file of files) yield* readRecordings(file)
}

/** A file, or what a store has under a digest. Throws ABOX_HOOK_FILE and ABOX_CLI_USAGE. */
async function findVersion(text: string, store: string | undefined): Promise<HookSource> {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(text)?.[1]
  if (hex === undefined) return readHookSource(text)
  if (store === undefined) throw usage(`found ${text} and no --store, expected the folder with its code`)
  for (const ending of ['js', 'ts']) {
    const path = join(store, `${hex}.${ending}`)
    const found = await readHookSource(path, 'hook').catch(() => undefined)
    if (found === undefined) continue
    if (found.digest === text) return found
    throw fileError(path, `the code has digest ${found.digest}`)
  }
  throw fileError(store, `found neither ${hex}.js nor ${hex}.ts`)
}

interface Facts {
  readonly read: Read
  readonly against: HookSource
  readonly base: HookSource | undefined
  readonly maxDifferent: number
}

function say(output: 'table' | 'json', report: ReplayReport, { read, against, base, maxDifferent }: Facts): number {
  const failed = report.calls.different + report.calls.error
  const ok = failed <= maxDifferent
  if (output === 'json') {
    const { differences, ...others } = report
    const { fields, worst, ...values } = differences
    const versions = { hook: read.hook, base: base?.digest ?? 'recorded', against: against.digest }
    const unreadable = read.unreadable.map(({ message }) => message)
    console.log(JSON.stringify({ ok, maxDifferent, ...versions, ...others, values, fields, unreadable }, null, 2))
    return ok ? 0 : 1
  }
  const { equal, within, different, error, fixed } = report.calls
  console.log(`hook   ${read.hook ?? '(none)'}`)
  console.log(`old    ${base === undefined ? 'as recorded' : `${base.label} (${base.path})`}`)
  console.log(`new    ${against.label} (${against.path})`)
  console.log(
    `calls  ${read.calls}: ${equal} equal, ${within} within tolerance, ${different} different, ${error} failed`
  )
  console.log('')
  console.log(formatDifferences(report.differences, { names: ['old', 'new'] }))
  for (const each of report.errors) console.log(`failed: ${each.source}: ${each.message}`)
  for (const line of notesOf(report, read, fixed, base === undefined)) console.log(`note: ${line}`)
  if (!ok) console.log(`FAIL: ${failed} calls differ or fail, at most ${maxDifferent} may`)
  return ok ? 0 : 1
}

function notesOf(report: ReplayReport, read: Read, fixed: number, asRecorded: boolean): string[] {
  const notes: string[] = []
  if (fixed > 0) notes.push(`${fixed} calls fail with the old version and not with the new one`)
  if (report.otherRequests > 0) {
    notes.push(
      `${report.otherRequests} requests differ: their results were made from the model's replies to the old requests`
    )
  }
  if (report.masked > 0 && asRecorded) {
    notes.push(
      `${report.masked} calls have masked values, from which another result comes than was recorded: give --base`
    )
  }
  if (report.messagesUnknown > 0) {
    notes.push(
      `${report.messagesUnknown} calls throw as recorded; messages are not recorded: to compare them give --base`
    )
  }
  if (report.calls.different + report.calls.error > 0 && report.without.length > 0) {
    const taken =
      'so the model is sent, or answers, what a method without input and output has: if it has them give --base'
    notes.push(`the new version has no ${report.without.join(' and no ')}, ${taken}`)
  }
  const [first] = read.unreadable
  if (first !== undefined) notes.push(`${read.unreadable.length} lines were not read, the first: ${first.message}`)
  return notes
}

function missing(option: string, what: string): never {
  throw usage(`found no --${option}, expected ${what}`)
}

/** An option that is a number from 0 on. ABOX_CLI_USAGE. */
export function numberOption(input: CommandInput, name: string, byDefault: number): number {
  const text = textOption(input, name)
  if (text === undefined) return byDefault
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw usage(`--${name}: found "${text}", expected a number from 0 on`)
}
