import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { AboxError } from '#core/errors'
import { CoverageProbe, type LineCoverage } from './coverage.ts'
import { sandboxErrors } from './errors.ts'
import { stripTypes } from './module-source.ts'
import { holdLifeline } from './process/lifeline.ts'
import { CHANNEL_FD } from './process/messages.ts'
import { createSandbox } from './sandbox.ts'

/**
 * Coverage of lines is counted in a process of its own, because an isolate with an inspector that runs out of memory hangs
 * or ends the process that it is in. The channel carries one request and one answer:
 *
 *   request = JSON of CoverageRequest without types, end of stream
 *   answer  = { '\n' } JSON of LineCoverage, end of stream           one '\n' behind each call: it goes on
 */
export interface CoverageRequest {
  readonly source: string
  /** Shown in messages. */
  readonly name: string
  readonly language: 'js' | 'ts'
  /** Functions with the JSON texts of their arguments, in order. */
  readonly calls: readonly { readonly fn: string; readonly args: readonly string[] }[]
}

/** More room and time than a hook has elsewhere, as counting makes calls slower. */
const ROOM = { timeoutMs: 1000, startTimeoutMs: 5000, memoryMb: 256 }
/** A call may be run three times, and the machine may be busy. */
const SILENT_MS = 10_000

/** The body of the child: answers one request. */
export async function runCoverageProcess(): Promise<void> {
  holdLifeline()
  const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true, allowHalfOpen: true })
  const request = JSON.parse(await text(channel)) as CoverageRequest
  const coverage = await countLines(request, () => channel.write('\n'))
  channel.end(JSON.stringify(coverage))
  await finished(channel)
}

async function countLines(request: CoverageRequest, goesOn: () => void): Promise<LineCoverage> {
  const { source, name, calls } = request
  const coverage = new CoverageProbe()
  const sandbox = await createSandbox({ source, name, language: 'js', coverage, ...ROOM })
  try {
    await coverage.take()
    for (const { fn, args } of calls) {
      const code = await sandbox.call(fn, args).then(
        () => '',
        (error: unknown) => AboxError.from(error).code
      )
      if (code === '' || code === 'ABOX_HOOK_THROW') await coverage.take()
      goesOn()
    }
    return coverage.report()
  } finally {
    sandbox.dispose()
  }
}

/**
 * Asks what `start` starts, which must run `runCoverageProcess` with the streams of SANDBOX_STDIO, and ends it. Rejects
 * with ABOX_HOOK_PROCESS when it dies, or says nothing for `silentMs`; with ABOX_HOOK_COMPILE.
 */
export async function takeCoverage(
  start: () => ChildProcess,
  request: CoverageRequest,
  silentMs = SILENT_MS
): Promise<LineCoverage> {
  const { name, language } = request
  // Here, as the child may start no process.
  const source = language === 'ts' ? await stripTypes(request.source, name) : request.source
  const child = start()
  let answer = ''
  let why = ''
  const { promise: gone, resolve } = Promise.withResolvers<string>()
  child.on('error', ({ message }) => resolve(message))
  child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  // What is written to a dead child fails; that it died is told by `close`.
  for (const stream of child.stdio) stream?.on('error', () => {})
  // A pipe of a child is open both ways, on every system.
  const channel = child.stdio[CHANNEL_FD] as unknown as Duplex
  const timer = setTimeout(() => {
    why = `no answer for ${silentMs} ms, `
    child.kill('SIGKILL')
  }, silentMs)
  channel.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
    timer.refresh()
  })
  channel.end(JSON.stringify({ ...request, source, language: 'js' }))
  const end = await gone
  clearTimeout(timer)
  const json = answer.trimStart()
  if (json !== '' && why === '') return JSON.parse(json) as LineCoverage
  throw new AboxError(
    sandboxErrors.ABOX_HOOK_PROCESS,
    `${request.name}: the process that counts its lines ended at call ${answer.length + 1} of ${request.calls.length} (${why}${end})`
  )
}
